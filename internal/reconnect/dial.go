package reconnect

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/braid-compute/braid/internal/word"
)

// Redial connects anew to where a conversation was.
type Redial func(ctx context.Context) (Carrier, error)

// redial is what the side that dialled needs to connect anew.
type redial struct {
	ctx      context.Context // ends with the conversation
	cancel   context.CancelFunc
	patience time.Duration // of the other side
}

func (r *redial) stop() {
	if r.cancel != nil {
		r.cancel()
	}
}

// attachTime is how long the other side may take to answer Attach.
const attachTime = 10 * time.Second

// Dial begins a conversation over a connection, and waits until the other side knows of it. ctx bounds the call only. After an
// error the caller has the connection.
func Dial(ctx context.Context, carrier Carrier, o Options) (*Conn, error) {
	var token word.Token
	_, _ = rand.Read(token[:]) // it never fails
	answer, err := attach(ctx, carrier, &word.Attach{Token: token})
	if err != nil {
		return nil, err
	}
	c := newConn(carrier, token, o)
	c.patience = time.Duration(answer.Nanos)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

// attach says Attach and returns the answer.
func attach(ctx context.Context, carrier Carrier, w *word.Attach) (*word.Attached, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attachTime, fmt.Errorf("there was no answer within %v", attachTime))
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = carrier.Close() })
	err := carrier.Send(w)
	var answer any
	if err == nil {
		answer, err = carrier.Receive()
	}
	if !stop() {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, err
	}
	switch a := answer.(type) {
	case *word.Attached:
		return a, nil
	case *word.Gone:
		return nil, fmt.Errorf("%w: %s", ErrOver, a.Why)
	}
	return nil, fmt.Errorf("the other side answered with %T", answer)
}

// How long is waited between two attempts to connect.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = time.Second
)

// again connects anew, or ends the conversation.
func (c *Conn) again(why error) {
	if c.patience <= 0 {
		c.giveUp(why, errors.New("the other side keeps nothing for those whose connection breaks"))
		return
	}
	began := time.Now()
	c.say("the connection to the scheduler was lost: %v; it is tried for up to %v to connect again, and work goes on meanwhile", why, c.patience)
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := c.reach()
		switch {
		case err == nil:
			c.say("connected to the scheduler again after %v, and nothing is lost", round(time.Since(began)))
			return
		case c.ctx.Err() != nil: // it is over
			return
		case errors.Is(err, ErrOver):
			c.giveUp(why, err)
			return
		case time.Since(began)+pause > c.patience:
			c.giveUp(why, fmt.Errorf("it could not be made again within %v: %w", c.patience, err))
			return
		}
		select {
		case <-time.After(pause):
		case <-c.ctx.Done():
			return
		}
	}
}

// reach connects once.
func (c *Conn) reach() error {
	carrier, err := c.o.Dial(c.ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	heard := c.heard
	c.mu.Unlock()
	answer, err := attach(c.ctx, carrier, &word.Attach{Token: c.token, Again: true, Heard: heard})
	if err == nil {
		err = c.resume(carrier, answer.Heard, func(uint64) {})
		if errors.Is(err, errGap) {
			err = fmt.Errorf("%w: %w", ErrOver, err)
		}
	}
	if err != nil {
		c.dispose(carrier)
	}
	return err
}

// giveUp is GiveUp with the reasons why there is no connection any more, and no other one.
func (c *Conn) giveUp(why, instead error) {
	c.GiveUp(fmt.Errorf("%w; %v", why, instead)) // of which instead may wrap io.EOF, and this is no end on purpose
}

func (c *Conn) say(format string, args ...any) {
	if c.o.Notice != nil {
		c.o.Notice(fmt.Sprintf(format, args...))
	}
}

// round takes off what nobody reads of a time.
func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(time.Second / 10)
}
