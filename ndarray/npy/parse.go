package npy

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/braid-compute/braid/ndarray"
)

// list stands for a Python list, which only structured types hold. What is in
// it is not looked at.
type list struct{}

// parser reads the little of Python's notation that headers are written in.
type parser struct{ rest string }

// next takes the next character that is not a blank, 0 at the end.
func (p *parser) next() byte {
	c := p.peek()
	if c != 0 {
		p.rest = p.rest[1:]
	}
	return c
}

func (p *parser) peek() byte {
	p.rest = strings.TrimLeft(p.rest, " \t\r\n")
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

func (p *parser) expect(c byte, where string) error {
	if got := p.next(); got != c {
		return fmt.Errorf("%w: %q where %q is wanted, %s", ErrFormat, got, c, where)
	}
	return nil
}

// dictionary reads {'key': value, …} and nothing after it. It stops at a list,
// whose reader will refuse it.
func (p *parser) dictionary() (map[string]any, error) {
	fields := map[string]any{}
	if err := p.expect('{', "at its start"); err != nil {
		return nil, err
	}
	for p.peek() != '}' {
		key, err := p.text()
		if err != nil {
			return nil, err
		}
		if _, twice := fields[key]; twice {
			return nil, fmt.Errorf("%w: %q is said twice", ErrFormat, key)
		}
		if err := p.expect(':', "after a name"); err != nil {
			return nil, err
		}
		if fields[key], err = p.value(); err != nil {
			return nil, err
		}
		if fields[key] == (any)(list{}) {
			return fields, nil
		}
		if p.peek() == ',' {
			p.next()
		} else if p.peek() != '}' {
			return nil, fmt.Errorf("%w: %q after a value, where ',' or '}' is wanted", ErrFormat, p.peek())
		}
	}
	p.next()
	if c := p.peek(); c != 0 {
		return nil, fmt.Errorf("%w: %q after its end", ErrFormat, c)
	}
	return fields, nil
}

func (p *parser) value() (any, error) {
	switch c := p.peek(); c {
	case '\'', '"':
		return p.text()
	case '(':
		return p.tuple()
	case '[':
		return list{}, nil
	default:
		for _, word := range []string{"True", "False"} {
			if rest, ok := strings.CutPrefix(p.rest, word); ok {
				p.rest = rest
				return word == "True", nil
			}
		}
		return nil, fmt.Errorf("%w: a value that starts with %q", ErrFormat, c)
	}
}

// text reads a string without escapes; no header that can be read needs one.
func (p *parser) text() (string, error) {
	quote := p.next()
	if quote != '\'' && quote != '"' {
		return "", fmt.Errorf("%w: %q where a quote is wanted", ErrFormat, quote)
	}
	s, rest, ok := strings.Cut(p.rest, string(quote))
	if !ok || strings.Contains(s, `\`) {
		return "", fmt.Errorf("%w: a text that does not end or has escapes", ErrFormat)
	}
	p.rest = rest
	return s, nil
}

// tuple reads the lengths of axes. Python 2 wrote an L behind large numbers.
func (p *parser) tuple() ([]int, error) {
	p.next()
	shape := []int{}
	for p.peek() != ')' {
		digits := len(p.rest) - len(strings.TrimLeft(p.rest, "0123456789"))
		n, err := strconv.Atoi(p.rest[:digits])
		if err != nil {
			return nil, fmt.Errorf("%w: axis %d of the shape is not a length: %w", ErrFormat, len(shape), err)
		}
		if len(shape) == ndarray.MaxRank {
			return nil, fmt.Errorf("%w: more than %d axes", ErrFormat, ndarray.MaxRank)
		}
		shape = append(shape, n)
		p.rest = strings.TrimPrefix(p.rest[digits:], "L")
		if p.peek() == ',' {
			p.next()
		} else if p.peek() != ')' {
			return nil, fmt.Errorf("%w: %q in the shape", ErrFormat, p.peek())
		}
	}
	p.next()
	return shape, nil
}
