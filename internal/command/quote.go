package command

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Quote writes words so that a shell would read them back, for people. Words with control characters or bytes that are not
// UTF-8 are written as $'…', which POSIX has had since 2024 and most shells before.
func Quote(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		quote(&b, w, i == 0)
	}
	return b.String()
}

// harmless are characters that need no quotes.
const harmless = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:=@_^"

// quote writes a word; the first of a command must not look like "name=value".
func quote(b *strings.Builder, w string, first bool) {
	switch {
	case w != "" && strings.Trim(w, harmless) == "" && !(first && strings.Contains(w, "=")):
		b.WriteString(w)
	case utf8.ValidString(w) && strings.IndexFunc(w, func(r rune) bool { return !unicode.IsPrint(r) }) < 0:
		b.WriteString("'" + strings.ReplaceAll(w, "'", `'\''`) + "'")
	default:
		b.WriteString("$'")
		for i := 0; i < len(w); {
			r, n := utf8.DecodeRuneInString(w[i:])
			switch {
			case r == '\n':
				b.WriteString(`\n`)
			case r == '\t':
				b.WriteString(`\t`)
			case r == '\'' || r == '\\':
				b.WriteString(`\` + w[i:i+n])
			case r == utf8.RuneError && n == 1 || !unicode.IsPrint(r):
				for _, c := range []byte(w[i : i+n]) {
					fmt.Fprintf(b, `\%03o`, c) // hexadecimal escapes have no fixed length
				}
			default:
				b.WriteString(w[i : i+n])
			}
			i += n
		}
		b.WriteByte('\'')
	}
}
