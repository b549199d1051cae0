package session

import (
	"testing"
	"testing/synctest"
)

// polls is a connection with somebody else's words, which come when somebody looks for the nth time.
type polls struct {
	Conn
	looks, until int
	attending    int
}

func (p *polls) Attend() (end func()) { p.attending++; return func() { p.attending-- } }
func (p *polls) Poll()                { p.looks++ }
func (p *polls) done() bool           { return p.looks >= p.until }

func TestWhoWaitsLooksWhileItIsMostlyWorthIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // where the clock stands still, so that looks are counted
		conn := &polls{}
		s := &Session{o: Options{Scheduler: conn}}
		for n := range 10 {
			conn.looks, conn.until = 0, 20
			if s.Attend(conn.done); conn.looks != 20 {
				t.Fatalf("wait %d: looked %d times for what came at the 20th", n, conn.looks)
			}
		}
		tried := 0
		for range 80 {
			conn.looks, conn.until = 0, 1<<30
			if s.Attend(conn.done); conn.looks > 0 {
				tried++
			}
			if conn.looks > 2*attendStill {
				t.Fatalf("looked %d times in vain", conn.looks)
			}
		}
		if tried < 5 || tried > 20 {
			t.Errorf("of 80 waits that were too long %d were awake, want few", tried)
		}
		if conn.attending != 0 {
			t.Errorf("%d who attended did not say that they ended", conn.attending)
		}
		conn.looks, conn.until = 0, 0
		if s.Attend(conn.done); conn.looks > 0 {
			t.Error("looked for what was there")
		}
	})
	plain := &Session{o: Options{Scheduler: struct{ Conn }{}}}
	plain.Attend(func() bool { return false }) // which cannot look, and returns
}
