package coord

import (
	"fmt"
	"slices"
	"strings"

	"github.com/braid-compute/braid/internal/coord/record"
)

// noteNames takes note of names that were given or taken back, so that it can be said which ones are lost.
func (k *Keeper) noteNames(records []any) {
	for _, what := range records {
		var err error
		switch x := what.(type) {
		case record.Named:
			err = k.j.c.notes.named(x.Name, true)
		case record.Unnamed:
			err = k.j.c.notes.named(x.Name, false)
		}
		k.notNoted(err)
	}
}

// notNoted logs that names cannot be noted, which matters only if the journal is damaged, too.
func (k *Keeper) notNoted(err error) {
	if err != nil {
		k.j.c.o.Log("cluster %s: it cannot be noted any more which names there are: %v", k.j.c.name, err)
	}
}

// settle decides what to go on with when everything was replayed. If some of the journal is lost, that is what can be relied on in what is left;
// users are told of the rest, and a snapshot takes the place of what was damaged.
func (k *Keeper) settle() error {
	c := k.j.c
	r := c.rescued
	if r == nil {
		k.notNoted(c.notes.rewrite(k.ledger.Names()))
		return nil
	}
	var programs []string
	if r.lossy() || k.unread > 0 {
		programs = k.ledger.Cut()
	}
	kept := k.ledger.Names()
	lost := slices.DeleteFunc(c.notes.given(), func(name string) bool { return slices.Contains(kept, name) })
	if err := k.snapshot(); err != nil {
		return err
	}
	k.notNoted(c.notes.rewrite(kept))
	k.report(r, programs, kept, lost)
	return nil
}

// report tells what is lost and what is not.
func (k *Keeper) report(r *rescued, programs, kept, lost []string) {
	c := k.j.c
	warn := func(format string, args ...any) { c.o.Warn("cluster %s: "+format, append([]any{c.name}, args...)...) }
	warn("the journal in %s: %v; %v", c.folder.dir, r.why, r)
	if r.lossy() || k.unread > 0 {
		if n := r.broken + k.unread; n > 0 {
			warn("besides, records of which only a part could be read: %d", n)
		}
		if len(kept) > 0 {
			warn("names that are kept, with what it takes to make their results: %s", list(kept))
		}
		if len(lost) > 0 {
			warn("names that are lost: %s; publish them again", list(lost))
		}
		warn("programs that were attached are not known any more: start them again%s", following(programs))
	}
	if exists(c.folder.path(damagedFolder)) {
		warn("the damaged files are in %s, until the cluster ends", c.folder.path(damagedFolder))
	}
}

// following lists names behind a sentence, if there are some.
func following(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return ": " + list(names)
}

// list shows the first of some names.
func list(names []string) string {
	const shown = 20
	text := strings.Join(names[:min(len(names), shown)], ", ")
	if more := len(names) - shown; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
