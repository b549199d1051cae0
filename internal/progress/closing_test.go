package progress

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestClosingLines(t *testing.T) {
	const sec = time.Second
	one := func(g Group) []Group { g.Name = "op"; return []Group{g} }
	var b strings.Builder
	for _, c := range []struct {
		name string
		s    Snapshot
	}{
		{"nothing was submitted", Snapshot{Elapsed: sec, CPU: sec, CoresHeld: 2, Slots: 2, Groups: one(Group{})}},
		{"all is well", Snapshot{Elapsed: 3200 * time.Millisecond, CPU: 5760 * time.Millisecond, CoresHeld: 2, Slots: 2, Groups: one(Group{Total: 14, Done: 14, Busy: 6 * sec})}},
		{"one task", Snapshot{Elapsed: 400 * time.Microsecond, CoresHeld: 1, Slots: 1, Groups: one(Group{Total: 1, Done: 1})}},
		{"failures", Snapshot{Elapsed: 3200 * time.Millisecond, CPU: 5 * sec, CoresHeld: 2, Slots: 2, Groups: one(Group{Total: 100, Done: 97, Failed: 2, Cancelled: 1, Retried: 4, Busy: 6 * sec})}},
		{"stopped", Snapshot{Elapsed: 3200 * time.Millisecond, CPU: 5 * sec, CoresHeld: 2, Slots: 2, Running: 2, Groups: one(Group{Total: 1_000_000, Done: 37_000, Failed: 2, Busy: 6 * sec})}},
		{"more slots than cores", Snapshot{Elapsed: 1000 * time.Millisecond, CPU: 10 * time.Millisecond, CoresHeld: 2, Slots: 4, Groups: one(Group{Total: 4, Done: 4, Busy: 3990 * time.Millisecond})}},
		{"short and idle: no advice", Snapshot{Elapsed: 4 * sec, CPU: sec / 100, CoresHeld: 2, Slots: 2, Groups: one(Group{Total: 4, Done: 4, Busy: 8 * sec})}},
		{"CPU time unknown: no advice", Snapshot{Elapsed: 40 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 4, Done: 4, Busy: 8 * sec})}},
		{"half of the cores used: no advice", Snapshot{Elapsed: 40 * sec, CPU: 160 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 400, Done: 400, Busy: 160 * sec})}},
		{"few tasks for most of the time", Snapshot{Elapsed: 40 * sec, Active: 10 * sec, CPU: 60 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 400, Done: 400, Busy: 80 * sec})}},
		{"busy while there were tasks", Snapshot{Elapsed: 5 * sec, Active: sec, CPU: sec / 100, CoresHeld: 2, Slots: 4, Groups: one(Group{Total: 4, Done: 4, Busy: 4 * sec})}},
		{"few slots", Snapshot{Elapsed: 40 * sec, CPU: 80 * sec, CoresHeld: 8, Slots: 2, Groups: one(Group{Total: 400, Done: 400, Busy: 80 * sec})}},
		{"few tasks", Snapshot{Elapsed: 40 * sec, CPU: 110 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 3, Done: 3, Busy: 110 * sec})}},
		{"waiting", Snapshot{Elapsed: 40 * sec, CPU: 2 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 400, Done: 400, Busy: 310 * sec})}},
		{"waiting on one core", Snapshot{Elapsed: 40 * sec, CPU: 2 * sec, CoresHeld: 1, Slots: 1, Groups: one(Group{Total: 40, Done: 40, Busy: 40 * sec})}},
		{"waiting, and cores barely free", Snapshot{Elapsed: 40 * sec, CPU: 36 * sec, CoresHeld: 2, Slots: 8, Groups: one(Group{Total: 400, Done: 400, Busy: 310 * sec})}},
		{"slots taken and used, by half", Snapshot{Elapsed: 40 * sec, CPU: 150 * sec, CoresHeld: 8, Slots: 8, Groups: one(Group{Total: 400, Done: 400, Busy: 200 * sec})}},
		{"few long tasks among many", Snapshot{Elapsed: 100 * sec, CPU: 110 * sec, CoresHeld: 8, Slots: 8, Groups: []Group{
			{Name: "prepare", Total: 500, Done: 500, Busy: 20 * sec}, {Name: "solve", Total: 2, Done: 2, Busy: 90 * sec}}}},
		{"idle slots", Snapshot{Elapsed: 100 * sec, CPU: 110 * sec, CoresHeld: 8, Slots: 8, Groups: []Group{
			{Name: "a", Total: 500, Done: 500, Busy: 20 * sec}, {Name: "b", Total: 200, Done: 200, Busy: 90 * sec}}}},
		{"idle slot on one core: no advice", Snapshot{Elapsed: 100 * sec, CPU: 10 * sec, CoresHeld: 1, Slots: 1, Groups: one(Group{Total: 10, Done: 10, Busy: 10 * sec})}},
		{"stopped while tasks run: their time is unknown", Snapshot{Elapsed: 4000 * sec, CPU: sec, CoresHeld: 8, Slots: 9, Running: 8, Groups: one(Group{Total: 10, Done: 1})}},
	} {
		fmt.Fprintf(&b, "== %s\n", c.name)
		for _, l := range closingLines(c.s) {
			b.WriteString(l + "\n")
		}
	}
	golden(t, "closing.golden", b.String())
}
