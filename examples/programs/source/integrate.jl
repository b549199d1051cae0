# The part of the integral of sin(x+y) over [0, pi]^2 that rows FIRST to LAST of a grid of N by N points give.
# Usage: integrate.jl N FIRST LAST
function integrate(n, first, last)
    h = pi / n
    total = 0.0
    for i in first:last-1
        y, row = (i + 0.5) * h, 0.0
        for j in 0:n-1
            row += sin((j + 0.5) * h + y)
        end
        total += row
    end
    return total * h * h
end

if length(ARGS) != 3
    println(stderr, "usage: integrate.jl N FIRST LAST")
    exit(2)
end
println(integrate(parse.(Int, ARGS)...))
