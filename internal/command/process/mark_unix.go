//go:build unix

package process

import (
	"bytes"
	"crypto/rand"
	"os"
	"strconv"
	"strings"
)

// Variable names the entry in a program's environment by which what it has left behind is found. What it starts inherits it, also what
// leaves its group. Its value is a list: of the slot, after those of the programs that this process itself was started by.
const Variable = "BRAID_OWNER"

const (
	markLength   = 16
	markBetween  = "/"
	mostInherits = 1 << 10 // bytes of the list of who started this process; of a longer one nothing is taken over
)

// newMark makes what no other table has.
func newMark() string { return rand.Text()[:markLength] }

// markOf is what stands for a slot of a table in the list.
func markOf(table string, slot int) string { return table + "." + strconv.Itoa(slot) }

// entryOf is the entry of the environment of a slot's programs.
func entryOf(table string, slot int) string {
	list := os.Getenv(Variable)
	if list != "" && len(list) < mostInherits {
		list += markBetween
	} else {
		list = ""
	}
	return Variable + "=" + list + markOf(table, slot)
}

// marked is an environment with an entry first, in place of one that is there.
func marked(env []string, entry string) []string {
	out := make([]string, 0, len(env)+1)
	out = append(out, entry)
	for _, e := range env {
		if !strings.HasPrefix(e, Variable+"=") {
			out = append(out, e)
		}
	}
	return out
}

// markIn returns what follows a table's mark in an environment, as the kernel shows that of a process: the slot. ok is false if the process
// comes from no program of the table.
func markIn(environ []byte, table string) (slot string, ok bool) {
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		list, found := bytes.CutPrefix(entry, []byte(Variable+"="))
		if !found {
			continue
		}
		for one := range bytes.SplitSeq(list, []byte(markBetween)) {
			if name, number, _ := bytes.Cut(one, []byte(".")); string(name) == table {
				return string(number), true
			}
		}
	}
	return "", false
}
