// Package cities finds the two of 2,000 real cities that are farthest apart, by the great-circle distance of every pair.
//
// It shows data that all tasks share: the list of cities is scattered to the client once, and each task takes it
// together with the rows of pairs that are its own. A last task takes the results of all. Where the cities come from,
// and under which licence, stands in DATA.md; testdata/reference.json is the result of NumPy.
//
// [Distance] is the haversine formula, as in the courses: six trigonometric functions a pair. [Globe] finds the same
// pair without any, tens of times as fast on one core: look for a better algorithm before more cores.
package cities
