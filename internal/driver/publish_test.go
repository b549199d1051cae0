package driver

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/word"
)

// takes is an encoded graph of one task that takes the first task of a submission.
func takes(t *testing.T, submission uint64) []byte {
	return one(t, 100+submission, 1, graph.External{Submission: submission})
}

func TestAPublishedResultIsASubmissionOfTheClusters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, agent, client := start(t)
		o := observes(t, d)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 1), All: true})
		hear[*word.Accepted](t, client)
		made := hear[*word.Assign](t, agent).Tasks[0]
		say(t, client, &word.Publish{Question: 5, Name: "model", Type: "int", Graph: takes(t, 1)})
		if a := hear[*word.Published](t, client); a.Question != 5 || a.Problem != word.ProblemNone {
			t.Errorf("publishing is answered with %+v", a)
		}
		held := hear[*word.Assign](t, agent)
		if in := held.InputsOf(0); len(in) != 1 || in[0].Block != made {
			t.Errorf("it takes %v, want %v", in, made)
		}
		say(t, client, &word.Leave{})
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: made, Bytes: 5}, {Block: held.Tasks[0], Bytes: 7}}})
		if f := hear[*word.Free](t, agent); len(f.Blocks) != 1 || f.Blocks[0] != made {
			t.Errorf("freed is %v, want what the client made and nobody needs any more", f.Blocks)
		}
		<-time.After(time.Second)
		x := inspects(t, o, 1)
		want := word.Publication{Name: "model", Type: "int", State: "done", Bytes: 7, Nanos: 1e9}
		if len(x.Programs) != 0 || len(x.Results) != 1 || x.Results[0] != want {
			t.Errorf("afterwards there are %+v and %+v", x.Programs, x.Results)
		}

		second := attaches(t, d, Program{})
		hear[*word.Peer](t, second)
		say(t, second, &word.Take{Question: 1, Sequence: 9, Name: "model", Type: "int"})
		if a := hear[*word.Accepted](t, second); a.Sequence != 9 {
			t.Errorf("accepted is %+v", a)
		}
		hear[*word.Published](t, second)
		taken := hear[*word.Assign](t, agent)
		if in := taken.InputsOf(0); len(in) != 1 || in[0].Block != held.Tasks[0] {
			t.Errorf("who takes it takes %v, want %v", in, held.Tasks[0])
		}
		say(t, agent, &word.Done{Tasks: []word.Finished{{Block: taken.Tasks[0], Bytes: 7}}})
		hear[*word.Settled](t, second)
		say(t, second, &word.Unpublish{Question: 2, Name: "model"})
		hear[*word.Published](t, second)
		if f := hear[*word.Free](t, agent); len(f.Blocks) != 1 || f.Blocks[0] != held.Tasks[0] {
			t.Errorf("freed is %v, want what the name held", f.Blocks)
		}
	})
}

func TestNamesThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, _, client := start(t)
		say(t, client, &word.Submit{Sequence: 1, Graph: one(t, 1, 2), All: true})
		hear[*word.Accepted](t, client)
		say(t, client, &word.Publish{Name: "there", Type: "int", Graph: takes(t, 1)})
		hear[*word.Published](t, client)
		for name, c := range map[string]struct {
			word any
			kind word.Problem
			why  string
		}{
			"taken":             {&word.Publish{Name: "there", Graph: takes(t, 1)}, word.ProblemTaken, "choose another name"},
			"none":              {&word.Publish{Graph: takes(t, 1)}, word.ProblemOther, "the name is missing"},
			"not to be printed": {&word.Publish{Name: "a\x1b", Graph: takes(t, 1)}, word.ProblemOther, "cannot be printed"},
			"too long":          {&word.Publish{Name: strings.Repeat("a", 300), Graph: takes(t, 1)}, word.ProblemOther, "300 bytes"},
			"a long type":       {&word.Publish{Name: "a", Type: strings.Repeat("a", 300), Graph: takes(t, 1)}, word.ProblemOther, "give the type a name"},
			"no graph":          {&word.Publish{Name: "a", Graph: []byte("graph")}, word.ProblemOther, "cannot be read"},
			"two tasks":         {&word.Publish{Name: "a", Graph: one(t, 7, 2)}, word.ProblemOther, "by 2 tasks"},
			"of nothing":        {&word.Publish{Name: "a", Graph: takes(t, 8)}, word.ProblemOther, "that submission is over"},
			"unknown":           {&word.Take{Name: "a", Sequence: 9}, word.ProblemUnknown, "there are 1 results"},
			"another type":      {&word.Take{Name: "there", Type: "string", Sequence: 9}, word.ProblemType, "its type is int, and string is asked for"},
			"taken in already":  {&word.Take{Name: "there", Type: "int", Sequence: 1}, word.ProblemOther, "handed in already"},
			"never published":   {&word.Unpublish{Name: "a"}, word.ProblemUnknown, "there are 1 results"},
		} {
			say(t, client, c.word)
			if a := hear[*word.Published](t, client); a.Problem != c.kind || !strings.Contains(a.Why, c.why) {
				t.Errorf("%s: %+v, want %q", name, a, c.why)
			}
		}
	})
}
