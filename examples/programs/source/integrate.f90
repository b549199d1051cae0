! The part of the integral of sin(x+y) over [0, pi]^2 that rows FIRST to LAST of a grid of N by N points give.
! Usage: integrate N FIRST LAST
program integrate
  use, intrinsic :: iso_fortran_env, only: real64, error_unit
  implicit none
  integer :: n, first, last, i, j
  real(real64) :: h, y, row, total
  if (command_argument_count() /= 3) then
    write (error_unit, '(a)') 'usage: integrate N FIRST LAST'
    stop 2
  end if
  n = number(1)
  first = number(2)
  last = number(3)
  h = acos(-1.0_real64) / n
  total = 0
  do i = first, last - 1
    y = (i + 0.5_real64) * h
    row = 0
    do j = 0, n - 1
      row = row + sin((j + 0.5_real64) * h + y)
    end do
    total = total + row
  end do
  write (*, '(es24.16e3)') total * h * h
contains
  integer function number(k)
    integer, intent(in) :: k
    character(len=20) :: text
    call get_command_argument(k, text)
    read (text, *) number
  end function
end program
