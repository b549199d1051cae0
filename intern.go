package braid

// numbering gives each pointer a number the first time it is seen. Most graphs have few functions and options, so it
// looks through a list before it pays for a map.
type numbering[T any] struct {
	last   *T
	number uint32
	few    [4]*T
	fewNos [4]uint32
	n      int
	more   map[*T]uint32
}

// of returns p's number, which make gives when p is new.
func (m *numbering[T]) of(p *T, make1 func(*T) uint32) uint32 {
	if m.last == p {
		return m.number
	}
	no, ok := m.find(p)
	if !ok {
		no = make1(p)
		if m.n < len(m.few) {
			m.few[m.n], m.fewNos[m.n] = p, no
			m.n++
		} else {
			if m.more == nil {
				m.more = make(map[*T]uint32)
			}
			m.more[p] = no
		}
	}
	m.last, m.number = p, no
	return no
}

func (m *numbering[T]) find(p *T) (uint32, bool) {
	for k := range m.n {
		if m.few[k] == p {
			return m.fewNos[k], true
		}
	}
	no, ok := m.more[p]
	return no, ok
}
