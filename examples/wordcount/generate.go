package wordcount

import (
	"bytes"
	"math/rand/v2"
	"os"
	"strings"
)

// generate writes a text in which word i of n occurs n-i times, in an order that is always the same, and returns its size.
func generate(name string, n int) (int64, error) {
	all := make([]int32, 0, n*(n+1)/2)
	for i := range n {
		for range n - i {
			all = append(all, int32(i))
		}
	}
	r := rand.New(rand.NewPCG(20, 26))
	r.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	var text bytes.Buffer
	for i, number := range all {
		w := word(int(number))
		if i%12 == 0 {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		text.WriteString(w)
		switch {
		case i%12 == 11:
			text.WriteString(".\n")
		case i%5 == 4:
			text.WriteString(", ")
		default:
			text.WriteByte(' ')
		}
	}
	return int64(text.Len()), os.WriteFile(name, text.Bytes(), 0o600)
}

// word returns word number i: one that could be spoken.
func word(i int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var w strings.Builder
	for {
		w.WriteByte(consonants[i%len(consonants)])
		i /= len(consonants)
		w.WriteByte(vowels[i%len(vowels)])
		i /= len(vowels)
		if i == 0 {
			return w.String()
		}
		i--
	}
}
