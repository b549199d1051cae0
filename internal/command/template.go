package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Mode says whether a command is run by a shell.
type Mode int

const (
	Auto   Mode = iota // if its text holds syntax of a shell
	Always             //
	Never              // syntax of a shell is then refused
)

// Template is a command with fields.
type Template struct {
	words  []Text
	script string // for sh -c, or ""; words are then its positional parameters
	text   string // of a script as it was written
}

// ErrNoField is the error of a command that is the same for all arguments.
var ErrNoField = errors.New("the command has no field, so all tasks would be the same; write {} where the argument belongs")

// Argv makes a command of words. They are not split, and are not for a shell.
func Argv(words []string) (*Template, error) {
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("the command is empty; give a program and its arguments")
	}
	t := &Template{}
	for _, w := range words {
		if err := checkNUL(w); err != nil {
			return nil, err
		}
		t.words = append(t.words, ParseText(w))
	}
	return t, nil
}

func checkNUL(s string) error {
	if i := strings.IndexByte(s, 0); i >= 0 {
		return fmt.Errorf("the command holds a NUL byte at offset %d, which no program can be given; remove it", i)
	}
	return nil
}

// Parse makes a command of one text.
func Parse(s string, mode Mode) (*Template, error) {
	if err := checkNUL(s); err != nil {
		return nil, err
	}
	if strings.TrimSpace(s) == "" {
		return nil, errors.New("the command is empty; give a program and its arguments")
	}
	if mode != Always {
		words, syntax, err := split(s)
		switch {
		case err != nil:
			return nil, err
		case syntax == "" && words[0].isEmpty():
			return nil, errors.New("the command begins with an empty word; give a program and its arguments")
		case syntax == "":
			return &Template{words: words}, nil
		case mode == Never:
			return nil, fmt.Errorf("the command holds %s, which only a shell understands; quote it, or let a shell run the command", syntax)
		}
	}
	return script(s)
}

// isEmpty reports whether the text is always empty.
func (t Text) isEmpty() bool {
	s, ok := t.constant()
	return ok && s == ""
}

// Check reports what keeps the command from being run on such inputs. It goes before Expand.
func (t *Template) Check(in Inputs) error {
	fields := false
	for i := range t.words {
		if err := t.words[i].Check(in); err != nil {
			return err
		}
		fields = fields || t.words[i].HasFields()
	}
	if !fields {
		return ErrNoField
	}
	return nil
}

// Shell reports whether a shell runs the command.
func (t *Template) Shell() bool { return t.script != "" }

// Program returns the program if it is the same for all tasks.
func (t *Template) Program() (string, bool) {
	if t.Shell() {
		return shell, true
	}
	return t.words[0].constant()
}

// Title names the command in few words, for people: the program, and what it is to run if that is obvious.
func (t *Template) Title() string {
	if t.Shell() {
		return strings.Join(strings.Fields(t.text), " ")
	}
	name, ok := t.words[0].constant()
	if !ok {
		return "program"
	}
	name = base(name)
	if len(t.words) > 1 {
		second, ok := t.words[1].constant()
		_, notNumber := strconv.ParseFloat(second, 64)
		if ok && !strings.HasPrefix(second, "-") && extension(second) != "" && notNumber != nil {
			return base(second) // the script of an interpreter
		}
	}
	return name
}

// shell is the program that runs scripts.
const shell = "sh"

// Expand returns the arguments of one task, the program's name first.
func (t *Template) Expand(task Task) []string {
	var argv []string
	if t.Shell() {
		argv = make([]string, 0, len(t.words)+4)
		argv = append(argv, shell, "-c", t.script, shell)
	} else {
		argv = make([]string, 0, len(t.words))
	}
	for _, w := range t.words {
		argv = append(argv, w.Expand(task))
	}
	return argv
}
