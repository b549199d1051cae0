package driver

import (
	"maps"

	"github.com/braid-compute/braid/internal/word"
)

// question is a client's question that an agent was asked.
type question struct {
	client *client
	asked  *word.Explain
	agent  word.Agent
	answer word.Explained // as far as the scheduler knows it
}

// explain answers a client's question, with the help of the agent that has the task.
func (d *Driver) explain(c *client, w *word.Explain) {
	if !d.owns(c, w.Task.Run) { // it is over, or another client's, which is that client's business
		d.say(c.conn, &word.Explained{Question: w.Question, State: "unknown", Why: "the cluster has forgotten its run"})
		return
	}
	x := d.state.Explain(w.Task)
	q := question{client: c, asked: w, agent: x.Agent, answer: word.Explained{Question: w.Question, State: x.State, Why: x.Why}}
	if a := d.agents[x.Agent]; a != nil {
		d.lastQuestion++
		d.questions[d.lastQuestion] = q
		d.tell(a, held{word: &word.Explain{Question: d.lastQuestion, Task: w.Task, Attempt: x.Attempt}})
		return
	}
	d.say(c.conn, &q.answer)
}

// explained passes an agent's answer on. An agent that knows nothing of the task leaves it at what the scheduler knows.
func (d *Driver) explained(w *word.Explained) {
	q, ok := d.questions[w.Question]
	if !ok {
		return
	}
	delete(d.questions, w.Question)
	if w.State != "" && w.State != "waiting" {
		q.answer.State, q.answer.Why, q.answer.Attempt, q.answer.Nanos = w.State, w.Why, w.Attempt, w.Nanos
	}
	d.say(q.client.conn, &q.answer)
}

// unasked forgets what a client asked that is gone.
func (d *Driver) unasked(c *client) {
	maps.DeleteFunc(d.questions, func(_ uint64, q question) bool { return q.client == c })
}

// unanswered answers for an agent that is gone.
func (d *Driver) unanswered(a word.Agent) {
	for n, q := range d.questions {
		if q.agent == a {
			delete(d.questions, n)
			d.say(q.client.conn, &q.answer)
		}
	}
}
