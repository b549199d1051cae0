package command

import (
	"slices"
	"strings"
)

// Text is a text with fields, such as the name of a file that differs from task to task. Nothing in it is split or quoted.
type Text struct{ pieces []piece }

// piece is a literal text, or a field.
type piece struct {
	literal string
	field   field
	isField bool
}

// ParseText reads a text with fields.
func ParseText(s string) Text {
	var t Text
	for i := 0; i < len(s); {
		if f, n := scanField(s[i:]); n > 0 {
			t.pieces = append(t.pieces, piece{field: f, isField: true})
			i += n
			continue
		}
		n := literalLength(s[i:])
		t.add(s[i : i+1])
		i += n
	}
	return t
}

// literalLength is how many bytes stand for the first literal byte of s: "{{" stands for one brace.
func literalLength(s string) int {
	if strings.HasPrefix(s, "{{") {
		return 2
	}
	return 1
}

// add appends a literal text.
func (t *Text) add(s string) {
	if n := len(t.pieces); n > 0 && !t.pieces[n-1].isField {
		t.pieces[n-1].literal += s
		return
	}
	t.pieces = append(t.pieces, piece{literal: s})
}

// resolve finds out which argument each field stands for.
func (t *Text) resolve(in Inputs) error {
	for i := range t.pieces {
		if !t.pieces[i].isField {
			continue
		}
		f, err := t.pieces[i].field.resolve(in)
		if err != nil {
			return err
		}
		t.pieces[i].field = f
	}
	return nil
}

// Check reports a field that stands for nothing. It goes before Expand.
func (t *Text) Check(in Inputs) error {
	t.pieces = slices.Clone(t.pieces) // copies of t may be checked for other inputs
	return t.resolve(in)
}

// HasFields reports whether the text differs from task to task.
func (t Text) HasFields() bool {
	return slices.ContainsFunc(t.pieces, func(p piece) bool { return p.isField })
}

// constant is the text if it has no fields.
func (t Text) constant() (string, bool) {
	if t.HasFields() {
		return "", false
	}
	return t.Expand(Task{}), true
}

// Expand fills the fields in.
func (t Text) Expand(task Task) string {
	if len(t.pieces) == 1 {
		return t.pieces[0].expand(task)
	}
	var b strings.Builder
	for _, p := range t.pieces {
		b.WriteString(p.expand(task))
	}
	return b.String()
}

func (p piece) expand(task Task) string {
	if p.isField {
		return p.field.value(task)
	}
	return p.literal
}
