package graph

import "slices"

// Gang is a stretch of consecutive tasks of one call, of [LifetimeGang], that start together or not at all.
type Gang struct {
	First Index
	Count uint32
	Call  uint32
}

// Gangs returns the gangs of the graph, in the order of their tasks. A task that takes the result of a member cannot start
// with it: it is the first of another gang.
func (g *Graph) Gangs() (list []Gang) {
	if !slices.ContainsFunc(g.calls, func(c Call) bool { return g.traits[c.Traits].Lifetime == LifetimeGang }) {
		return nil
	}
	var last *Gang // of which the task before is a member
	buf := make([]Ref, 0, 8)
	for i := range Index(g.tasks) {
		call, args := g.Task(i, buf)
		switch {
		case g.traits[g.calls[call].Traits].Lifetime != LifetimeGang:
			last = nil
		case last != nil && last.Call == call && !slices.ContainsFunc(args, func(r Ref) bool {
			return r.Kind() == RefOutput && r.Task() >= last.First
		}):
			last.Count++
		default:
			list = append(list, Gang{First: i, Count: 1, Call: call})
			last = &list[len(list)-1]
		}
	}
	return list
}
