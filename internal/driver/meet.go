package driver

import (
	"fmt"
	"maps"
	"slices"

	"github.com/braid-compute/braid/internal/sched"
	"github.com/braid-compute/braid/internal/word"
)

// meetingID names a gang.
type meetingID struct {
	run  word.Run
	gang sched.Gang
}

// meeting is the members of a gang that have come and wait for the others. Those whose attempts were given up meanwhile are
// found out when all seem to be there: then the others have been given up as well and will come again.
type meeting struct {
	came  []comer // by rank
	count int
	bytes int  // that they have brought
	much  bool // more than may be, so they are not kept
}

// comer is a member that has come; agent is 0 where nobody has.
type comer struct {
	agent word.Agent
	block word.Block
	data  []byte
}

// mostMet bounds the bytes that the members of a gang bring to a meeting together: every agent gets all of them.
const mostMet = 64 << 20

// meet lets a member of a gang wait for the others.
func (d *Driver) meet(a *agent, w *word.Meet) {
	if len(w.Data) > word.MaxBrought {
		d.agentLost(a, fmt.Errorf("it said that a task brings %d bytes to a meeting, and at most %d are taken", len(w.Data), word.MaxBrought))
		return
	}
	g, ok := d.state.GangOf(a.number, w.Block)
	if !ok {
		return // its attempt was given up, as it will hear
	}
	c := comer{agent: a.number, block: w.Block, data: w.Data}
	if name, ok := d.state.HasReturned(w.Block.Task.Run, g); ok {
		d.refuseMeeting([]comer{c}, leftBy(name))
		return
	}
	id := meetingID{w.Block.Task.Run, g}
	m := d.meetings[id]
	if m == nil {
		m = &meeting{came: make([]comer, g.Count)}
		if d.meetings == nil {
			d.meetings = make(map[meetingID]*meeting)
		}
		d.meetings[id] = m
	}
	place := &m.came[w.Block.Task.Index-g.First]
	if place.agent == word.Nobody {
		m.count++
	}
	m.bytes += len(c.data) - len(place.data)
	*place = c
	if m.much = m.much || m.bytes > mostMet; m.much {
		for k := range m.came {
			m.came[k].data = nil
		}
	}
	if m.count == len(m.came) {
		d.hold(id, m)
	}
}

// hold ends a meeting to which all have come.
func (d *Driver) hold(id meetingID, m *meeting) {
	if d.sendAway(m); m.count < len(m.came) {
		return
	}
	delete(d.meetings, id)
	if m.much {
		d.refuseMeeting(m.came, fmt.Sprintf("the %d tasks of the gang brought more than %s together: bring the addresses of the data",
			len(m.came), size(mostMet)))
		return
	}
	data := make([][]byte, len(m.came))
	for k := range m.came {
		data[k] = m.came[k].data
	}
	d.sayMet(m.came, word.Met{Data: data})
}

// sendAway forgets those who have come whose attempts were given up meanwhile.
func (d *Driver) sendAway(m *meeting) {
	for k := range m.came {
		c := &m.came[k]
		if c.agent == word.Nobody {
			continue
		}
		if _, ok := d.state.GangOf(c.agent, c.block); !ok {
			m.bytes -= len(c.data)
			m.count--
			*c = comer{}
		}
	}
}

// memberFailed takes the report of a task that may be of a gang, whose others are given up with it: a meeting to which nobody is left to
// have come is forgotten.
func (d *Driver) memberFailed(a *agent, w *word.Failed) {
	id := meetingID{run: w.Block.Task.Run}
	if len(d.meetings) > 0 {
		id.gang, _ = d.state.GangOf(a.number, w.Block)
	}
	d.step(sched.AgentWord{Agent: a.number, Word: w})
	if m := d.meetings[id]; m != nil {
		if d.sendAway(m); m.count == 0 {
			delete(d.meetings, id)
		}
	}
}

// refuseMeeting tells those who have come that there will be no meeting.
func (d *Driver) refuseMeeting(came []comer, why string) { d.sayMet(came, word.Met{Why: why}) }

// sayMet gives the agents of those who have come a word.
func (d *Driver) sayMet(came []comer, w word.Met) {
	at := make(map[word.Agent][]word.Block)
	for _, c := range came {
		if c.agent != word.Nobody {
			at[c.agent] = append(at[c.agent], c.block)
		}
	}
	for _, n := range slices.Sorted(maps.Keys(at)) {
		if a := d.agents[n]; a != nil {
			d.tell(a, held{word: &word.Met{Tasks: at[n], Data: w.Data, Why: w.Why}})
		}
	}
}

// expected returns the meetings to which some of the tasks that are done would have had to come.
func (d *Driver) expected(a *agent, w *word.Done) (missed []meetingID) {
	if len(d.meetings) == 0 {
		return nil
	}
	for k := range w.Tasks {
		b := w.Tasks[k].Block
		if g, ok := d.state.GangOf(a.number, b); ok && d.meetings[meetingID{b.Task.Run, g}] != nil {
			missed = append(missed, meetingID{b.Task.Run, g})
		}
	}
	return missed
}

// endMissed ends meetings to which a member does not come any more.
func (d *Driver) endMissed(missed []meetingID) {
	for _, id := range missed {
		m := d.meetings[id]
		name, ok := d.state.HasReturned(id.run, id.gang)
		if m == nil || !ok {
			continue
		}
		delete(d.meetings, id)
		d.refuseMeeting(m.came, leftBy(name))
	}
}

func leftBy(name string) string {
	return name + ", another task of the gang, has returned without coming to this meeting"
}

// forgetMeetings forgets those of a run.
func (d *Driver) forgetMeetings(run word.Run) {
	maps.DeleteFunc(d.meetings, func(id meetingID, _ *meeting) bool { return id.run == run })
}
