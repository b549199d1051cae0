! A chain of dependent floating-point steps, the logistic map: a fixed amount of work that cannot be vectorised. The start
! comes from the caller and the end is returned, so that the compiler cannot drop the loop.
function spin(iterations, start) bind(c) result(x)
  use, intrinsic :: iso_c_binding, only: c_long_long, c_double
  implicit none
  integer(c_long_long), value :: iterations
  real(c_double), value :: start
  real(c_double) :: x
  integer(c_long_long) :: i
  x = start
  do i = 1, iterations
    x = 3.9_c_double*x*(1.0_c_double - x)
  end do
end function spin
