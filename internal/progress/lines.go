package progress

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	mostOps  = 10 // ops that get a line of their own
	mostName = 24 // cells of an op's name
	mostBar  = 30 // cells of a bar, without its brackets
	leastBar = 8
)

// liveLines writes the moving lines for a terminal of the given size: none is wider, and there is room for an empty row
// above them.
func liveLines(s Snapshot, p *pace, sc screen) []string {
	width, height := sc.size()
	width--                                               // some terminals begin a new row as soon as the last cell is written
	ops, rest := choose(s.Groups, min(mostOps, height-3)) // an empty row, the other ops and the occupancy take one each
	rows := make([]row, 0, len(ops)+1)
	for _, g := range ops {
		rows = append(rows, makeRow(g, p, s))
	}
	if rest.Name != "" {
		rows = append(rows, makeRow(rest, nil, s))
	}
	lines := layOut(rows, width, sc.color)
	if line := occupancy(s, p); line != "" {
		lines = append(lines, cut(line, width))
	}
	return lines[:min(len(lines), max(height-1, 0))]
}

// choose returns at most n ops in their order, those that move before those that wait, and these before those that have
// ended; and the sum of the others, with an empty name if there are none.
func choose(groups []Group, n int) (chosen []Group, rest Group) {
	groups = slices.DeleteFunc(slices.Clone(groups), func(g Group) bool { return g.Total == 0 })
	if len(groups) <= max(n, 0) {
		return groups, rest
	}
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(groups[a].importance(), groups[b].importance()) })
	kept := order[:max(n, 0)]
	slices.Sort(kept)
	for i, g := range groups {
		if slices.Contains(kept, i) {
			chosen = append(chosen, g)
		} else {
			rest = rest.add(g)
		}
	}
	rest.Name = fmt.Sprintf("and %s more ops", count(int64(len(groups)-len(chosen))))
	if len(chosen) == 0 {
		rest.Name = counted(int64(len(groups)), "op")
	}
	return chosen, rest
}

// importance is less for ops that a person wants to see.
func (g Group) importance() int {
	switch {
	case g.left() > 0 && g.ended() > 0:
		return 0
	case g.Failed > 0:
		return 1
	case g.left() > 0:
		return 2
	}
	return 3
}

// row is the line of an op before it is laid out.
type row struct {
	group  Group
	name   string
	counts string
	failed string   // in red
	others []string // what comes last, the more important first
}

func makeRow(g Group, p *pace, s Snapshot) row {
	r := row{group: g, name: printable(g.Name), counts: fraction(g)}
	if g.Failed > 0 {
		r.failed = count(g.Failed) + " failed"
	}
	if g.Cancelled > 0 {
		r.others = append(r.others, count(g.Cancelled)+" cancelled")
	}
	if g.Retried > 0 {
		r.others = append(r.others, count(g.Retried)+" retried")
	}
	if p != nil && g.left() > 0 {
		rate, left := p.rate(g, s.Elapsed)
		if rate > 0 {
			r.others = append(r.others, perSecond(rate))
		}
		if left > 0 {
			r.others = append(r.others, "~"+roughly(left)+" left")
		}
	}
	return r
}

// fraction writes the tasks that are done and all of them.
func fraction(g Group) string { return count(g.Done) + "/" + count(g.Total) }

// gap stands between the parts of a line.
const gap = "  "

// layOut writes rows under each other. Names, bars and counts are aligned; in a narrow window the bar goes first,
// then what comes last in the line.
func layOut(rows []row, width int, color bool) []string {
	names, counts, tails := 0, 0, 0
	for _, r := range rows {
		names = max(names, breadth(r.name))
		counts = max(counts, len(r.counts))
		tail := 0
		if r.failed != "" {
			tail = len(gap + r.failed)
		}
		for _, text := range r.others {
			tail += len(gap + text)
		}
		tails = max(tails, tail)
	}
	names = min(names, mostName, max(width/3, 8))
	bar := min(width-names-counts-len("  [] ")-tails, mostBar)
	lines := make([]string, len(rows))
	for i, r := range rows {
		var l line
		l.add(pad(cut(r.name, names), names)+" ", false)
		if bar >= leastBar {
			l.bar(r.group, bar)
		}
		l.add(fmt.Sprintf(" %*s", counts, r.counts), false)
		if r.failed != "" {
			l.add(gap+r.failed, true)
		}
		for _, text := range r.others {
			l.add(gap+text, false)
		}
		lines[i] = l.render(width, color)
	}
	return lines
}

// line is a text of which parts are red.
type line struct {
	parts []string
	red   []bool
}

func (l *line) add(text string, red bool) {
	l.parts, l.red = append(l.parts, text), append(l.red, red)
}

// bar adds the bar of an op: # done, x failed, - cancelled, a dot for each cell that is left. It is full only when
// nothing is left, and one failure among many still shows.
func (l *line) bar(g Group, n int) {
	total := float64(max(g.Total, g.ended(), 1))
	share := func(tasks int64) int { return int(float64(tasks) / total * float64(n)) }
	failed := share(g.Failed)
	if g.Failed > 0 {
		failed = max(failed, 1)
	}
	ended := share(g.ended())
	if g.left() > 0 {
		ended = min(ended, n-1)
	} else {
		ended = n
	}
	ended = max(ended, failed)
	cancelled := min(share(g.Cancelled), ended-failed)
	l.add("["+strings.Repeat("#", ended-failed-cancelled), false)
	l.add(strings.Repeat("x", failed), true)
	l.add(strings.Repeat("-", cancelled)+strings.Repeat(".", n-ended)+"]", false)
}

// render writes the line in at most width cells. A part that does not fit is left out with all that follow, for half a
// number would mislead; only the first, the name, is cut.
func (l *line) render(width int, color bool) string {
	var b strings.Builder
	for i, text := range l.parts {
		if i == 0 {
			text = cut(text, width)
		}
		if width -= breadth(text); width < 0 {
			break
		}
		if l.red[i] && color && text != "" {
			text = "\x1b[31m" + text + "\x1b[0m"
		}
		b.WriteString(text)
	}
	return strings.TrimRight(b.String(), " ")
}

// occupancy is the line on slots, cores and memory. Where it is not known how many slots there are, it counts tasks.
func occupancy(s Snapshot, p *pace) string {
	var parts []string
	if s.Slots > 0 {
		parts = append(parts, fmt.Sprintf("%d of %d slots busy", s.Running, s.Slots))
	} else if s.Running > 0 {
		parts = append(parts, counted(int64(s.Running), "task")+" under way")
	}
	if cores, ok := p.cores(s); ok {
		parts = append(parts, fmt.Sprintf("%.1f of %d cores used", cores, s.CoresHeld))
	}
	if s.Blocked > 0 {
		parts = append(parts, counted(int64(s.Blocked), "task")+" waiting for others")
	}
	if s.Held > 0 {
		parts = append(parts, counted(int64(s.Held), "task")+" held for memory")
	}
	if s.Memory > 0 {
		text := Bytes(s.Memory)
		if s.MemoryLimit > 0 {
			text += " of " + Bytes(s.MemoryLimit)
		}
		parts = append(parts, text+" in results")
	}
	if s.Unsized > 0 {
		parts = append(parts, counted(s.Unsized, "result")+" of unknown size")
	}
	return strings.Join(parts, ", ")
}

// plainLine is the line for logs and pipes.
func plainLine(s Snapshot, p *pace) string {
	ops, rest := choose(s.Groups, mostOps)
	if rest.Name != "" {
		ops = append(ops, rest)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "braid: %s", roughly(s.Elapsed))
	for _, g := range ops {
		fmt.Fprintf(&b, "  %s %s%s", cut(printable(g.Name), 2*mostName), fraction(g), outcomes(g))
	}
	if text := occupancy(s, p); text != "" {
		b.WriteString("; " + text)
	}
	return b.String()
}

// outcomes lists what happened to tasks that are not done, each after a comma.
func outcomes(g Group) (text string) {
	if g.Failed > 0 {
		text += ", " + count(g.Failed) + " failed"
	}
	if g.Cancelled > 0 {
		text += ", " + count(g.Cancelled) + " cancelled"
	}
	return text
}
