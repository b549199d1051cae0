package command

import (
	"errors"
	"fmt"
	"strings"
)

// place is what the shell makes of a character.
type place byte

const (
	plain      place = iota
	single           // between single quotes
	double           // between double quotes
	arithmetic       // in $((…)), which quotes as double quotes do
	backquoted       // in `…`
	nested           // in $(…) or (…)
)

var errHere = errors.New("the command has a field after the beginning of a here-document (<<), where arguments cannot be quoted; " +
	"put the field into a variable before, as in \"x={}; cat <<E\", and use the variable")

// writer turns a text with fields into a script with positional parameters.
type writer struct {
	s      string
	i      int
	out    strings.Builder
	places []place // the innermost last
	here   bool    // a here-document has begun
	word   bool    // inside of a word
	params []Text
	number map[string]int // of a field's parameter
}

// script makes a command that a shell runs.
func script(s string) (*Template, error) {
	w := writer{s: s, places: []place{plain}, number: map[string]int{}}
	for w.i < len(s) {
		if err := w.step(); err != nil {
			return nil, err
		}
	}
	switch w.at() {
	case single:
		return nil, errSingle
	case double:
		return nil, errDouble
	}
	return &Template{words: w.params, script: w.out.String(), text: s}, nil
}

func (w *writer) at() place     { return w.places[len(w.places)-1] }
func (w *writer) enter(p place) { w.places = append(w.places, p) }
func (w *writer) leave()        { w.places = w.places[:max(1, len(w.places)-1)] }

// copy copies n bytes.
func (w *writer) copy(n int) {
	w.out.WriteString(w.s[w.i : w.i+n])
	w.i += n
}

// step copies what stands at one place.
func (w *writer) step() error {
	rest, at := w.s[w.i:], w.at()
	quoting := at == double || at == arithmetic
	if at != single {
		switch {
		case rest[0] == '\\':
			if len(rest) == 1 {
				return errBackslash
			}
			w.word = true
			w.copy(2)
			return nil
		case strings.HasPrefix(rest, "${"):
			w.word = true
			w.copy(2) // the shell's own, and no field
			return nil
		case strings.HasPrefix(rest, "$(("):
			w.enter(arithmetic)
			w.copy(3)
			return nil
		case strings.HasPrefix(rest, "$("):
			w.enter(nested)
			w.word = false
			w.copy(2)
			return nil
		case rest[0] == '`':
			w.backquote()
			return nil
		case rest[0] == '#' && !quoting && !w.word:
			w.comment()
			return nil
		}
	}
	if f, n := scanField(rest); n > 0 {
		return w.param(f, n)
	}
	if strings.HasPrefix(rest, "{{") {
		w.word = true
		w.out.WriteByte('{')
		w.i += 2
		return nil
	}
	w.quotes(rest)
	return nil
}

// quotes copies one byte, and follows where quotes and brackets begin and end.
func (w *writer) quotes(rest string) {
	switch c, at := rest[0], w.at(); {
	case at == single:
		if c == '\'' {
			w.leave()
		}
	case c == '"' && at == double:
		w.leave()
	case c == '"' && at != arithmetic:
		w.enter(double)
	case at == arithmetic && strings.HasPrefix(rest, "))"):
		w.leave()
		w.copy(1)
	case at == double || at == arithmetic:
	case c == '\'':
		w.enter(single)
	case c == '(':
		w.enter(nested)
	case c == ')' && at == nested:
		w.leave()
	case strings.HasPrefix(rest, "<<"):
		w.here = true
	}
	w.word = strings.IndexByte(" \t\n;&|()<>", rest[0]) < 0
	w.copy(1)
}

// backquote begins or ends the old form of $(…).
func (w *writer) backquote() {
	for k := len(w.places) - 1; k > 0; k-- {
		if w.places[k] == backquoted {
			w.places = w.places[:k]
			w.copy(1)
			return
		}
	}
	w.enter(backquoted)
	w.word = false
	w.copy(1)
}

// comment copies the rest of the line, in which nothing has a meaning.
func (w *writer) comment() {
	n := strings.IndexByte(w.s[w.i:], '\n')
	if n < 0 {
		n = len(w.s) - w.i
	}
	w.copy(n)
}

// param writes a positional parameter in place of a field.
func (w *writer) param(f field, n int) error {
	if w.here {
		return errHere
	}
	k := w.number[f.text]
	if k == 0 {
		w.params = append(w.params, Text{[]piece{{field: f, isField: true}}})
		k = len(w.params)
		w.number[f.text] = k
	}
	form := `"${%d}"`
	switch w.at() {
	case double, arithmetic:
		form = `${%d}`
	case single:
		form = `'"${%d}"'`
	}
	fmt.Fprintf(&w.out, form, k)
	w.word = true
	w.i += n
	return nil
}
