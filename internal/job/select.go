package job

import (
	"fmt"
	"slices"
	"strings"
)

// NotFoundError is the error of a selector that means no job.
type NotFoundError struct{ What, Remedy string }

func (e *NotFoundError) Error() string { return e.What + "; " + e.Remedy }

// Select returns the jobs that a text means, in their order: "last", "all", numbers and ranges of them as in "1,3-5", or the name of a
// job or a group, of which the beginning is enough if no other begins so. Of several jobs with the same name the last is meant.
func Select(jobs []Summary, text string) ([]Summary, error) {
	if len(jobs) == 0 && text != "all" {
		return nil, &NotFoundError{"there are no jobs", "\"braid submit\" makes one"}
	}
	switch {
	case text == "all":
		return jobs, nil
	case text == "last":
		return jobs[len(jobs)-1:], nil
	case text == "":
		return nil, fmt.Errorf("no job is named: write a number, a range as in 3-5, a name, last or all")
	case strings.Trim(text, "0123456789-,") != "":
		return selectName(jobs, text)
	}
	var list []Summary
	for part := range strings.SplitSeq(text, ",") {
		from, to, step, err := parseRange(part)
		if err != nil || step != 1 {
			return nil, fmt.Errorf("%q means no jobs: write numbers and ranges, as in 1,3-5", text)
		}
		n := len(list)
		for _, j := range jobs {
			if int64(j.ID) >= from && int64(j.ID) <= to {
				list = append(list, j)
			}
		}
		if len(list) == n {
			return nil, &NotFoundError{"there is no job " + part, "\"braid job ls\" lists those that there are"}
		}
	}
	slices.SortFunc(list, func(a, b Summary) int { return a.ID - b.ID })
	return slices.CompactFunc(list, func(a, b Summary) bool { return a.ID == b.ID }), nil
}

// selectName returns the jobs of a name or group.
func selectName(jobs []Summary, text string) ([]Summary, error) {
	var names []string // of what the text may mean, exactly or by its beginning
	for _, j := range jobs {
		name := j.Name
		if j.Group != "" && !strings.Contains(text, "/") {
			name = j.Group
		}
		switch {
		case name == text:
			return lastOf(jobs, name), nil
		case strings.HasPrefix(name, text) && !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		return nil, &NotFoundError{fmt.Sprintf("there is no job %q", text), "\"braid job ls\" lists those that there are"}
	case 1:
		return lastOf(jobs, names[0]), nil
	}
	return nil, fmt.Errorf("%q may be %s: write more of the name, or a number", text, strings.Join(names, ", "))
}

// lastOf returns the last job of a name, or the jobs of the last submission of a group.
func lastOf(jobs []Summary, name string) []Summary {
	var list []Summary
	for _, j := range jobs {
		switch {
		case j.Name == name:
			list = []Summary{j}
		case j.Group == name && len(list) > 0 && list[0].Group == name && list[0].Submitted.Equal(j.Submitted):
			list = append(list, j)
		case j.Group == name:
			list = []Summary{j}
		}
	}
	return list
}
