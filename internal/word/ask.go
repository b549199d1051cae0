package word

// What an observer asks about a subject that the scheduler itself knows nothing of, such as jobs. Who answers in the scheduler's
// process, and what the bodies mean, is agreed on by subject.

// Ask asks whoever answers for a subject.
type Ask struct {
	Question uint64 // chosen by who asks
	Subject  string
	Body     []byte
}

// Answer answers Ask.
type Answer struct {
	Question uint64
	Refused  string // why there is no answer; "" if there is one
	Code     uint32 // what kind of refusal, in terms of the subject
	Body     []byte
}

func (*Ask) kind() Kind    { return KindAsk }
func (*Answer) kind() Kind { return KindAnswer }

func (a *Ask) encode(e *encoder) { e.number(a.Question); e.text(a.Subject); e.bytes(a.Body) }
func (a *Ask) decode(d *decoder) { *a = Ask{d.number(), d.text(), d.bytes()} }

func (a *Answer) encode(e *encoder) {
	e.number(a.Question)
	e.text(a.Refused)
	e.index(a.Code)
	e.bytes(a.Body)
}
func (a *Answer) decode(d *decoder) { *a = Answer{d.number(), d.text(), d.index(), d.bytes()} }
