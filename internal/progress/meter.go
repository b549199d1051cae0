package progress

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	drawEvery  = 100 * time.Millisecond
	plainEvery = 10 * time.Second
	quietFor   = 500 * time.Millisecond // work that is pending for less is not shown
	calmAfter  = time.Second            // without work, after which new work is quiet again
)

// Meter shows the progress of work on a writer. It is safe for concurrent use.
type Meter struct {
	w      io.Writer
	read   func() Snapshot
	screen screen

	stop  chan struct{}
	ended chan struct{} // closed when the meter's goroutine is gone
	once  sync.Once

	// mu makes writes whole. Unlike other locks it is held while writing, for that is its purpose; it is not held while
	// read is called, so that read may take locks under which others call Say.
	mu    sync.Mutex
	frame string      // what draws the lines that are on the screen; "" if there are none
	shown atomic.Bool // whether there are
}

// Start begins to show what read tells, on w: lines that move if w is a terminal, else a plain line every ten seconds
// while there is work. read is called from one goroutine, up to ten times a second. Call Stop in the end.
func Start(w io.Writer, read func() Snapshot) *Meter {
	return start(w, read, screenOf(w))
}

func start(w io.Writer, read func() Snapshot, sc screen) *Meter {
	m := &Meter{w: w, read: read, screen: sc, stop: make(chan struct{}), ended: make(chan struct{})}
	go m.run()
	return m
}

// run shows progress until Stop.
func (m *Meter) run() {
	defer close(m.ended)
	show, every := m.plain(), plainEvery
	if m.screen.live {
		show, every = m.live(), drawEvery
	}
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-ticker.C:
			show(m.read())
		}
	}
}

// live returns what is done ten times a second on a terminal.
func (m *Meter) live() func(Snapshot) {
	var (
		p           pace
		busy, since time.Time // when work was last seen, and since when there has been some
	)
	return func(s Snapshot) {
		p.observe(s)
		now := time.Now()
		if s.all().left() == 0 {
			m.Hide()
			return
		}
		if now.Sub(busy) >= calmAfter {
			since = now.Add(-drawEvery) // it came since the last look
		}
		busy = now
		if now.Sub(since) >= quietFor {
			m.draw(liveLines(s, &p, m.screen))
		}
	}
}

// plain returns what is done every ten seconds elsewhere: a line, unless there was nothing to do.
func (m *Meter) plain() func(Snapshot) {
	var p pace
	var before Group
	p.cpu.add(0, 0)
	return func(s Snapshot) {
		sum := s.all()
		if sum.left() > 0 || sum.ended() != before.ended() {
			m.Say(plainLine(s, &p))
		}
		before = sum
		p.observe(s)
	}
}

// erase returns the cursor to the row above the lines, where it was left, and erases it with all below.
const erase = "\r\x1b[J"

// draw puts lines on the screen in place of those that are there.
func (m *Meter) draw(lines []string) {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString("\r\n" + l)
	}
	if len(lines) > 0 {
		fmt.Fprintf(&b, "\r\x1b[%dA", len(lines))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if b.String() != m.frame {
		m.put("", b.String())
	}
}

// put writes text above the lines, and the lines of frame anew. The caller holds mu. Errors of the writer are not
// handled: there is nobody left to tell.
func (m *Meter) put(text, frame string) {
	begin := ""
	if m.frame != "" {
		begin = erase
	}
	m.frame = frame
	m.shown.Store(frame != "")
	_, _ = io.WriteString(m.w, begin+text+frame)
}

// Say writes a line, or several, without tearing the display. Control characters are replaced.
func (m *Meter) Say(line string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.put(message(line), m.frame)
}

// Hide takes the moving lines off the screen until they are next drawn, within a tenth of a second if there is work. It is
// meant for moments at which the program is likely to print, such as the arrival of a result. It costs next to nothing
// when no lines are shown.
func (m *Meter) Hide() {
	if !m.shown.Load() {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.frame != "" {
		m.put("", "")
	}
}

// Stop takes the moving lines off the screen, writes the closing line from the final state, with advice below it if cores
// were idle for a reason that the counts show, and waits for the meter's goroutine. There is no closing line if no task
// was ever submitted. Later calls do nothing. Say may still be called.
func (m *Meter) Stop(final Snapshot) {
	m.once.Do(func() {
		close(m.stop)
		<-m.ended
		m.Hide()
		if lines := closingLines(final); len(lines) > 0 {
			m.Say(strings.Join(lines, "\n"))
		}
		m.screen.restore()
	})
}
