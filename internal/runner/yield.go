package runner

import "errors"

// word is what a runner says in the midst of a call: that it waits for other tasks, wants its slot again, has come to
// a meeting, or wants room for its result.
type word struct {
	number uint32
	kind   byte   // frameYield, frameRetake, frameMeet or frameRoom
	what   string // that it waits for
	data   []byte // that it brings
	bytes  int64  // for which it wants room
}

// maxWords is how many words there are at most that the call has not looked at. A runner that wants its slot again says nothing
// more about it before it has it, one that has come to a meeting waits for its end, and one that wants room for where that is.
const maxWords = 4

var errWords = errors.New("it yields its slot, wants it again, comes to a meeting, or wants room out of turn")

// yielding is the agent's side of a call that waits.
type yielding struct {
	waits   Waits // nil: there is no slot
	yielded bool
	taking  chan struct{} // closed when the slot is there again; nil while nobody asks for it
}

// take acts on a word. It returns an error for one out of turn.
func (y *yielding) take(w word) error {
	switch {
	case w.kind == frameRetake && y.yielded && y.taking == nil:
		y.taking = make(chan struct{})
		if y.waits == nil {
			close(y.taking)
			return nil
		}
		go func() { // it ends before the call does: see end
			defer close(y.taking)
			y.waits.Unblock()
		}()
	case w.kind == frameRetake, y.yielded:
		return errWords
	default:
		y.yielded = true
		if y.waits != nil {
			y.waits.Block(w.what)
		}
	}
	return nil
}

// taken notes that the slot is there again.
func (y *yielding) taken() { y.taking, y.yielded = nil, false }

// end takes the slot again for a call that is over, which its task is not.
func (y *yielding) end() {
	switch {
	case y.taking != nil:
		<-y.taking
	case y.yielded && y.waits != nil:
		y.waits.Unblock()
	}
}
