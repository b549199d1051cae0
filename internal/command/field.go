package command

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Inputs are what the fields of a command can refer to.
type Inputs struct {
	Lists int      // how many arguments a task has
	Names []string // of the arguments, where they have names; "" for one that has none
}

// Task is what the fields of one command stand for.
type Task struct {
	Number int64 // from 1 on
	Args   []string
}

// field stands for a part of an argument, or for the number of the task.
type field struct {
	text   string // as it was written
	number bool   // it is {#}
	list   int    // which argument, from 1 on; 0 if the field does not say, or says it by name
	name   string // of the argument, or ""
	part   string // "", ".", "/", "//" or "/."
}

// mostName bounds the names of fields, and mostList their numbers.
const (
	mostName = 128
	mostList = 10_000
)

// scanField reads the field at the beginning of s. The length is 0 if there is none.
func scanField(s string) (f field, length int) {
	if len(s) < 2 || s[0] != '{' {
		return f, 0
	}
	end := strings.IndexByte(s[:min(len(s), mostName+8)], '}')
	if end < 0 {
		return f, 0
	}
	f.text = s[:end+1]
	inside := s[1:end]
	if inside == "#" {
		f.number = true
		return f, end + 1
	}
	ref := strings.TrimRight(inside, "./")
	f.part = inside[len(ref):]
	if !slices.Contains([]string{"", ".", "/", "//", "/."}, f.part) {
		return f, 0
	}
	switch {
	case ref == "":
	case isName(ref):
		f.name = ref
	default:
		n, err := strconv.Atoi(ref)
		if err != nil || n < 1 || n > mostList || ref[0] == '0' || ref[0] == '+' {
			return f, 0
		}
		f.list = n
	}
	return f, end + 1
}

// isName reports whether a text can name a column: a letter or "_", then letters, digits, "_" and "-".
func isName(s string) bool {
	for i, r := range s {
		letter := r == '_' || unicode.IsLetter(r)
		if r == utf8.RuneError || !letter && (i == 0 || r != '-' && !unicode.IsDigit(r)) {
			return false
		}
	}
	return s != "" && len(s) <= mostName
}

// resolve finds out which argument a field stands for, and returns it with that number.
func (f field) resolve(in Inputs) (field, error) {
	switch {
	case f.number:
		return f, nil
	case f.name != "":
		i := slices.Index(in.Names, f.name)
		if i < 0 {
			return f, &FieldError{f.text, fmt.Sprintf("there is no column %q", f.name), f.remedy(in)}
		}
		f.list = i + 1
	case f.list == 0 && in.Lists != 1:
		if in.Lists == 0 {
			return f, &FieldError{f.text, "there are no arguments that it could stand for", "give a list of them"}
		}
		return f, &FieldError{f.text, fmt.Sprintf("each task has %d arguments", in.Lists), fmt.Sprintf("say which one, as in {1%s} or {%d%s}", f.part, in.Lists, f.part)}
	case f.list == 0:
		f.list = 1
	case f.list > in.Lists:
		return f, &FieldError{f.text, fmt.Sprintf("a task has no more than %d of them", in.Lists), "write {{ for a brace that is no field"}
	}
	return f, nil
}

func (f field) remedy(in Inputs) string {
	var names []string
	for _, n := range in.Names {
		if n != "" {
			names = append(names, "{"+n+"}")
		}
	}
	if len(names) == 0 {
		return "only columns of a CSV file have names; write {{ for a brace that is no field"
	}
	return "columns are " + strings.Join(names, ", ")
}

// FieldError says which field of a command cannot be filled in.
type FieldError struct{ Field, What, Remedy string }

func (e *FieldError) Error() string { return "the field " + e.Field + ": " + e.What + "; " + e.Remedy }

// value is what the field stands for in a task. The field has been resolved.
func (f field) value(t Task) string {
	if f.number {
		return strconv.FormatInt(t.Number, 10)
	}
	arg := t.Args[f.list-1]
	switch f.part {
	case ".":
		return arg[:len(arg)-len(extension(arg))]
	case "/":
		return base(arg)
	case "//":
		return folder(arg)
	case "/.":
		b := base(arg)
		return b[:len(b)-len(extension(b))]
	}
	return arg
}

// extension is the last dot of a base name and what follows it; a dot at its beginning hides a file and begins none.
func extension(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[i:]
	}
	return ""
}

// base is the last part of a path, as basename(1) has it.
func base(path string) string {
	trimmed := strings.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/"
	}
	return trimmed[strings.LastIndexByte(trimmed, '/')+1:]
}

// folder is the path without its last part, as dirname(1) has it.
func folder(path string) string {
	trimmed := strings.TrimRight(path, "/")
	if trimmed == "" && path != "" {
		return "/"
	}
	i := strings.LastIndexByte(trimmed, '/')
	if i < 0 {
		return "."
	}
	if parent := strings.TrimRight(trimmed[:i], "/"); parent != "" {
		return parent
	}
	return "/"
}
