package word

import (
	"bytes"
	"errors"
)

// What is said about gangs: tasks that start together and may meet.

// Meet says that a member of a gang has come to a meeting of all of them, and what it brings.
type Meet struct {
	Block Block
	Data  []byte
}

// MaxBrought is how many bytes a member of a gang brings to a meeting at most.
const MaxBrought = 64 << 10

// Met says that a meeting is over, to the members of the gang at an agent: either all have come, or it does not take place.
type Met struct {
	Tasks []Block
	Data  [][]byte // what each member of the gang brought, by rank
	Why   string   // otherwise: why there will be no meeting
}

// Broken says why attempts are about to be cancelled: another task of their gang has no result.
type Broken struct {
	Tasks   []Block
	Member  Task
	Name    string // of that task
	Failure []byte // as in Failed, or plain text
}

func (*Meet) kind() Kind   { return KindMeet }
func (*Met) kind() Kind    { return KindMet }
func (*Broken) kind() Kind { return KindBroken }

func (m *Meet) encode(e *encoder) { e.block(m.Block); e.bytes(m.Data) }
func (m *Meet) decode(d *decoder) { m.Block, m.Data = d.block(), d.bytes() }

func (m *Met) encode(e *encoder) {
	e.blockList(m.Tasks)
	if e.count(len(m.Data)) {
		for _, b := range m.Data {
			e.bytes(b)
		}
	}
	e.text(m.Why)
}

func (m *Met) decode(d *decoder) {
	m.Tasks = d.blockList()
	m.Data = alloc[[]byte](d.many(1))
	for k := range m.Data {
		m.Data[k] = bytes.Clone(d.bytes()) // they are handed to functions of users
	}
	if m.Why = d.text(); len(m.Data) > 0 && m.Why != "" {
		d.fail(errMet)
	}
}

var errMet = errors.New("a meeting took place, and there is a reason why it did not")

func (b *Broken) encode(e *encoder) {
	e.blockList(b.Tasks)
	e.task(b.Member)
	e.text(b.Name)
	e.bytes(b.Failure)
}

func (b *Broken) decode(d *decoder) {
	b.Tasks, b.Member, b.Name, b.Failure = d.blockList(), d.task(), d.text(), d.bytes()
}
