! The integral of 4 / (1 + x²) from a to b by the midpoint rule.
function integral(n, a, b) bind(C) result(total)
  use, intrinsic :: iso_c_binding
  implicit none
  integer(c_int64_t), value :: n
  real(c_double), intent(in) :: a, b ! by reference
  real(c_double) :: total, h, x
  integer(c_int64_t) :: i
  h = (b - a) / n
  total = 0
  do i = 1, n
    x = a + (i - 0.5d0) * h
    total = total + 4 / (1 + x * x)
  end do
  total = h * total
end function
