package command

import (
	"errors"
	"fmt"
	"strings"
)

var (
	errSingle    = errors.New("the command has a single quote (') that is not closed; close it, or write \\' for the character")
	errDouble    = errors.New("the command has a double quote (\") that is not closed; close it, or write \\\" for the character")
	errBackslash = errors.New("the command ends with a backslash; write two for the character itself")
)

// splitter cuts a text into words.
type splitter struct {
	s      string
	i      int
	words  []Text
	word   Text
	began  bool   // there is a word, if only an empty one in quotes
	syntax string // the first syntax of a shell
}

// split cuts a text into words, and says what in it only a shell understands.
func split(s string) (words []Text, syntax string, err error) {
	p := splitter{s: s}
	for p.i < len(s) && err == nil {
		err = p.step()
	}
	p.end()
	return p.words, p.syntax, err
}

// step reads what stands outside of quotes at one place.
func (p *splitter) step() error {
	c := p.s[p.i]
	switch {
	case c == ' ' || c == '\t':
		p.i++
		p.end()
	case c == '\'':
		return p.single()
	case c == '"':
		return p.double()
	case c == '\\':
		if p.i+1 == len(p.s) {
			return errBackslash
		}
		p.began = true
		p.word.add(p.s[p.i+1 : p.i+2])
		p.i += 2
	default:
		p.see(c)
		p.take()
	}
	return nil
}

// see notes syntax of a shell.
func (p *splitter) see(c byte) {
	found := ""
	switch {
	case c == '\n':
		found = "a newline"
	case strings.IndexByte("|&;<>()$`*?[", c) >= 0, strings.IndexByte("#~", c) >= 0 && !p.began:
		found = fmt.Sprintf("%q", string(c))
	case c == '=' && len(p.words) == 0 && p.began:
		if name, ok := p.word.constant(); ok && isVariable(name) {
			found = fmt.Sprintf("%q before the program", name+"=")
		}
	}
	if p.syntax == "" {
		p.syntax = found
	}
}

// isVariable reports whether a text can name a variable of a shell.
func isVariable(s string) bool {
	return isName(s) && strings.Trim(s, "_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// take adds the field or the literal byte that comes next to the word.
func (p *splitter) take() {
	p.began = true
	if f, n := scanField(p.s[p.i:]); n > 0 {
		p.word.pieces = append(p.word.pieces, piece{field: f, isField: true})
		p.i += n
		return
	}
	p.word.add(p.s[p.i : p.i+1])
	p.i += literalLength(p.s[p.i:])
}

// end completes a word.
func (p *splitter) end() {
	if p.began {
		p.words = append(p.words, p.word)
	}
	p.word, p.began = Text{}, false
}

// single reads what is between single quotes.
func (p *splitter) single() error {
	p.began = true
	for p.i++; p.i < len(p.s); {
		if p.s[p.i] == '\'' {
			p.i++
			return nil
		}
		p.take()
	}
	return errSingle
}

// double reads what is between double quotes.
func (p *splitter) double() error {
	p.began = true
	for p.i++; p.i < len(p.s); {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return nil
		case c == '\\' && p.i+1 < len(p.s) && strings.IndexByte("$`\"\\\n", p.s[p.i+1]) >= 0:
			if p.s[p.i+1] != '\n' { // which continues the line
				p.word.add(p.s[p.i+1 : p.i+2])
			}
			p.i += 2
		case c == '$' || c == '`':
			p.see(c)
			p.word.add(p.s[p.i : p.i+1])
			p.i++
		default:
			p.take()
		}
	}
	return errDouble
}
