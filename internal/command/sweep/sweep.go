package sweep

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// Sweep is a sequence of tasks with their arguments. Its zero value has no lists, and no tasks.
type Sweep struct {
	groups []group
	names  []string // of all columns, "" for those without
	tasks  int64
}

// group holds columns of equal length that advance together.
type group struct {
	columns [][]string
	length  int64
}

// Add appends a list. Each of its values is combined with all combinations of the lists before; the last list varies
// fastest.
func (s *Sweep) Add(values []string) error { return s.add([]string{""}, [][]string{values}) }

// AddTable appends the columns of a table, which advance together.
func (s *Sweep) AddTable(t Table) error { return s.add(t.Names, t.Columns) }

func (s *Sweep) add(names []string, columns [][]string) error {
	for _, c := range columns {
		if err := checkValues(c); err != nil {
			return err
		}
	}
	length, tasks := int64(len(columns[0])), s.tasks
	if len(s.groups) == 0 {
		tasks = 1
	}
	if length > 0 && tasks > math.MaxInt64/length {
		return errors.New("the lists make more than 2^63 combinations; zip some of them, or run fewer lists at a time")
	}
	s.tasks = tasks * length
	s.groups = append(s.groups, group{columns, length})
	s.names = append(s.names, names...)
	return nil
}

// Zip appends a list that advances together with the one before.
func (s *Sweep) Zip(values []string) error {
	if len(s.groups) == 0 {
		return errors.New("there is no list before it that this one could be zipped with; begin with a list of its own")
	}
	if err := checkValues(values); err != nil {
		return err
	}
	g := &s.groups[len(s.groups)-1]
	if int64(len(values)) != g.length {
		return fmt.Errorf("a list of %d values cannot be zipped with one of %d; give both the same length", len(values), g.length)
	}
	g.columns = append(g.columns, values)
	s.names = append(s.names, "")
	return nil
}

// checkValues refuses what no program can be given.
func checkValues(values []string) error {
	for i, v := range values {
		if strings.IndexByte(v, 0) >= 0 {
			return fmt.Errorf("value %d holds a NUL byte, which no program can be given; if NUL separates the values, say so", i+1)
		}
	}
	return nil
}

// Tasks returns how many combinations there are.
func (s *Sweep) Tasks() int64 { return s.tasks }

// Lists returns how many arguments each task has.
func (s *Sweep) Lists() int { return len(s.names) }

// Tables returns the lists, those that advance together as one table. Added in this order to another sweep they make the same tasks.
func (s *Sweep) Tables() []Table {
	tables := make([]Table, len(s.groups))
	first := 0
	for k, g := range s.groups {
		tables[k] = Table{Names: s.names[first : first+len(g.columns)], Columns: g.columns}
		first += len(g.columns)
	}
	return tables
}

// Names returns the names of the arguments, "" for those without.
func (s *Sweep) Names() []string { return s.names }

// Args returns the arguments of the task with an index from 0 on.
func (s *Sweep) Args(index int64) []string {
	args := make([]string, len(s.names))
	k := len(args)
	for i := len(s.groups) - 1; i >= 0; i-- {
		g := s.groups[i]
		row := index % g.length
		index /= g.length
		for c := len(g.columns) - 1; c >= 0; c-- {
			k--
			args[k] = g.columns[c][row]
		}
	}
	return args
}
