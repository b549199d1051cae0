package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/braid-compute/braid/internal/machine"
)

// disturbed is the number of cores used by others above which a row is marked.
const disturbed = 0.2

// A report is what the page says.
type report struct {
	args     []string
	quick    bool
	rounds   int
	began    time.Time
	took     time.Duration
	machine  machine.Description
	versions map[string]string
	missing  []string
	tables   []table
}

// A table is a workload and what came of its programs.
type table struct {
	workload workload
	rows     []row
}

// A row is what came of a program.
type row struct {
	program program
	size    string
	values  []float64 // seconds, one a round
	others  []float64 // cores used by others, of the rounds in which that is known
	lacks   []string  // what is missing to run it
	failure string    // why it was given up
}

// spread returns the median, the least and the greatest of the values; ok is false if there are none.
func (r row) spread() (median, least, greatest float64, ok bool) {
	if len(r.values) == 0 || r.failure != "" {
		return 0, 0, 0, false
	}
	s := slices.Sorted(slices.Values(r.values))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2, s[0], s[n-1], true
}

// meanOthers returns how many cores others used on average; ok is false if that is not known.
func (r row) meanOthers() (cores float64, ok bool) {
	for _, c := range r.others {
		cores += c
	}
	return cores / float64(max(1, len(r.others))), len(r.others) > 0
}

// ratio returns how many times as long as braid the row takes, by medians.
func (t table) ratio(r row) (ratio float64, ok bool) {
	i := slices.IndexFunc(t.rows, func(r row) bool { return r.program.kind == isBraid })
	if i < 0 {
		return 0, false
	}
	ours, _, _, ok := t.rows[i].spread()
	theirs, _, _, ok2 := r.spread()
	if !ok || !ok2 {
		return 0, false
	}
	return theirs / ours, true
}

// failures lists the rows that were given up.
func (r report) failures() (failures []string) {
	for _, t := range r.tables {
		for _, row := range t.rows {
			if row.failure != "" {
				failures = append(failures, fmt.Sprintf("%s, %s: %s", t.workload.name, row.program.name, row.failure))
			}
		}
	}
	return failures
}

// anyDisturbed reports whether a row is marked.
func (r report) anyDisturbed() bool {
	return slices.ContainsFunc(r.tables, func(t table) bool {
		return slices.ContainsFunc(t.rows, func(row row) bool {
			others, ok := row.meanOthers()
			return ok && others > disturbed
		})
	})
}

// invocation is the command that made the report.
func (r report) invocation() string {
	return strings.Join(append([]string{"go run ./bench"}, r.args...), " ")
}

// figures writes a positive number with three significant digits, without an exponent; whole above a thousand.
func figures(x float64) string {
	if x >= 999.5 {
		return grouped(int64(x + 0.5))
	}
	_, power, _ := strings.Cut(strconv.FormatFloat(x, 'e', 2, 64), "e") // of ten, after rounding
	p, _ := strconv.Atoi(power)
	return strconv.FormatFloat(x, 'f', 2-p, 64)
}
