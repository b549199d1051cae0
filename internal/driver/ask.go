package driver

import (
	"fmt"
	"sync"

	"github.com/braid-compute/braid/internal/word"
)

// Answerer answers what observers ask about one subject. It is called by several goroutines and must not wait: reply may be called
// later, once, by any goroutine.
type Answerer func(body []byte, reply func(body []byte, err error))

// Refusal is an error whose code the observer is told.
type Refusal interface {
	error
	Code() uint32
}

// answers are those who answer, by subject.
type answers struct {
	mu        sync.Mutex
	bySubject map[string]Answerer
}

// Answer lets a answer for a subject from now on; nil ends that.
func (d *Driver) Answer(subject string, a Answerer) {
	d.answers.mu.Lock()
	defer d.answers.mu.Unlock()
	if d.answers.bySubject == nil {
		d.answers.bySubject = make(map[string]Answerer)
	}
	d.answers.bySubject[subject] = a
}

// ask hands a question to who answers. The reader of the connection calls it.
func (d *Driver) ask(conn Conn, w *word.Ask) {
	d.answers.mu.Lock()
	answer := d.answers.bySubject[w.Subject]
	d.answers.mu.Unlock()
	reply := func(body []byte, err error) {
		x := &word.Answer{Question: w.Question, Body: body}
		if err != nil {
			x.Refused, x.Body = err.Error(), nil
			if r, ok := err.(Refusal); ok {
				x.Code = r.Code()
			}
		}
		d.check(conn, conn.Send(x)) // at once: this is no turn of who handles the inbox
	}
	if answer == nil {
		reply(nil, fmt.Errorf("nobody on this cluster answers for %q", w.Subject))
		return
	}
	answer(w.Body, reply)
}
