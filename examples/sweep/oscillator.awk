# Integrates a damped oscillator, x" + 2 gamma x' + x = 0 from x = 1 and x' = 0, up to a time, by the classical Runge-Kutta
# method, and prints its name and x.
#
#   awk -v name=weak -v gamma=0.1 -v time=10 -f oscillator.awk
function force(x, v) { return -2 * gamma * v - x }
BEGIN {
	steps = 2000
	h = time / steps
	x = 1
	v = 0
	for (i = 0; i < steps; i++) {
		x1 = v;              v1 = force(x, v)
		x2 = v + h / 2 * v1; v2 = force(x + h / 2 * x1, v + h / 2 * v1)
		x3 = v + h / 2 * v2; v3 = force(x + h / 2 * x2, v + h / 2 * v2)
		x4 = v + h * v3;     v4 = force(x + h * x3, v + h * v3)
		x += h / 6 * (x1 + 2 * x2 + 2 * x3 + x4)
		v += h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
	}
	printf "%s %s %.9f\n", name, time, x
}
