package driver

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// refusal is an error with a code.
type refusal struct{ error }

func (refusal) Code() uint32 { return 4 }

func TestWhoAnswersForASubjectIsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Config{})
		defer d.Close()
		o := observes(t, d)
		asks := func(question uint64, subject, body string) *word.Answer {
			t.Helper()
			say(t, o, &word.Ask{Question: question, Subject: subject, Body: []byte(body)})
			x := hear[*word.Answer](t, o)
			if x.Question != question {
				t.Fatalf("question %d was answered as %d", question, x.Question)
			}
			return x
		}
		if x := asks(1, "jobs", ""); x.Refused == "" {
			t.Error("nobody answers, and yet there is an answer")
		}
		d.Answer("jobs", func(body []byte, reply func([]byte, error)) {
			switch string(body) {
			case "late":
				time.AfterFunc(time.Second, func() { reply([]byte("then"), nil) })
			case "no":
				reply(nil, refusal{errors.New("there is none")})
			default:
				reply(append([]byte("heard "), body...), nil)
			}
		})
		if x := asks(2, "jobs", "you"); string(x.Body) != "heard you" || x.Refused != "" {
			t.Errorf("%+v", x)
		}
		if x := asks(3, "jobs", "no"); x.Refused != "there is none" || x.Code != 4 || len(x.Body) > 0 {
			t.Errorf("%+v", x)
		}
		if x := asks(4, "jobs", "late"); string(x.Body) != "then" {
			t.Errorf("%+v", x)
		}
		if x := asks(5, "others", ""); x.Refused == "" {
			t.Error("somebody answers for another subject")
		}
		d.Answer("jobs", nil)
		if x := asks(6, "jobs", ""); x.Refused == "" {
			t.Error("who answered has gone, and still answers")
		}
	})
}
