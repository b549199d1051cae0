package word

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName is how many bytes a name that people are shown has at most: of an agent, a resource or a result.
const MaxName = 256

// CheckName checks a name that people are shown. what says whose it is.
func CheckName(what, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s is missing", what)
	case len(name) > MaxName:
		return fmt.Errorf("%s has %d bytes, and at most %d are allowed", what, len(name), MaxName)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%s, %q, has characters that cannot be printed", what, name)
	}
	return nil
}

// CheckPublication checks the name of a result and that of its type.
func CheckPublication(name, typ string) error {
	if err := CheckName("the name", name); err != nil {
		return err
	}
	if len(typ) > MaxName {
		return fmt.Errorf("the name of the result's type has %d bytes, and at most %d are allowed: give the type a name", len(typ), MaxName)
	}
	return nil
}
