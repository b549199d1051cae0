package arrays

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/ndarray"
)

// Made are the tasks, of those that were written together, that run functions of the program's.
type Made []made

// made are the tasks of one node: one for each chunk of a grid.
type made struct {
	first graph.Index
	name  string // of the function of package array
	grid  Grid
}

// Block says which block a task makes, "boom#6 is block (1, 0) of (2, 2) of array.MapBlocks", if its function is the program's.
func (m Made) Block(task string) string {
	n, err := strconv.Atoi(task[strings.LastIndexByte(task, '#')+1:])
	if err != nil {
		return ""
	}
	for _, x := range m {
		if k := n - int(x.first); k >= 0 && k < x.grid.Count() {
			counts := x.grid.Counts()
			index := unravel(k, counts, count(len(counts)))
			return fmt.Sprintf("%s is block %s of %s of array.%s", task, ndarray.FormatShape(index), ndarray.FormatShape(counts), x.name)
		}
	}
	return ""
}
