//go:build unix

package coord

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/braid-compute/braid/graph"
	"github.com/braid-compute/braid/internal/link"
	"github.com/braid-compute/braid/internal/word"
)

var (
	stoppedFor = flag.Duration("stopped", 2*time.Second, "how long BenchmarkStoppedWorker stops the worker")
	bodyBytes  = flag.Int("body", 40, "how many bytes of an assignment each task takes beside its number")
	allTasks   = flag.Int("assignments", 1_000_000, "how many tasks BenchmarkStoppedWorker assigns")
)

func init() { plays["worker"] = playWorker }

// assignment is a word that assigns tasks first to first+n-1.
func assignment(first, n int) *word.Assign {
	a := &word.Assign{Tasks: make([]word.Block, n), Ends: make([]uint32, n), Body: make([]byte, n**bodyBytes)}
	for k := range a.Tasks {
		a.Tasks[k] = word.Block{Task: word.Task{Run: 1, Index: graph.Index(first + k)}, Attempt: word.Attempt{Term: 1, Count: 1}}
	}
	return a
}

// tally counts the tasks that were assigned.
type tally struct {
	seen                 []bool
	first, repeated, all int
}

func (c *tally) take(a *word.Assign) {
	for _, t := range a.Tasks {
		if i := t.Task.Index; c.seen[i] {
			c.repeated++
		} else {
			c.seen[i] = true
			c.first++
		}
	}
}

// A worker that has waited for so many ticks says that this was all. It counts ticks because it sleeps through them when it is
// stopped.
const (
	tick    = 100 * time.Millisecond
	silence = 50
)

// playWorker takes assignments from where it is told to, and says how many came when all did or no more come.
func playWorker() int {
	how, rest, _ := strings.Cut(os.Getenv(placeVariable), " ")
	n := 0
	if _, err := fmt.Sscan(rest, &n, &rest); err != nil {
		fmt.Println(err)
		return 1
	}
	c := &tally{seen: make([]bool, n), all: n}
	var end string
	var last time.Time
	var err error
	switch how {
	case "link":
		end, last, err = workLinked(c, rest)
	default:
		end, last, err = workOnNATS(c, how, rest)
	}
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	fmt.Println("got", c.first, c.repeated, last.UnixNano(), end)
	return 0
}

// workLinked takes assignments from a link.
func workLinked(c *tally, place string) (end string, last time.Time, err error) {
	addr, file, _ := strings.Cut(place, ",")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", last, err
	}
	id, err := link.ParseIdentity(text)
	if err != nil {
		return "", last, err
	}
	conn, err := link.Dial(context.Background(), addr, link.Options{Identity: id, Hello: link.Hello{Role: link.RoleAgent, Name: "worker"}})
	if err != nil {
		return "", last, err
	}
	defer conn.Close()
	fmt.Println("ready")
	for c.first < c.all {
		w, err := conn.Receive()
		if err != nil {
			return fmt.Sprintf("cut off: %v", err), last, nil
		}
		c.take(w.(*word.Assign))
		last = time.Now()
	}
	return "whole", last, nil
}

// workOnNATS takes assignments from a subject, or from a consumer of a stream.
func workOnNATS(c *tally, how, url string) (end string, last time.Time, err error) {
	cut := make(chan error, 16)
	note := func(err error) {
		select {
		case cut <- err:
		default:
		}
	}
	nc, err := nats.Connect(url, nats.DisconnectErrHandler(func(_ *nats.Conn, err error) { note(err) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { note(err) }))
	if err != nil {
		return "", last, err
	}
	defer nc.Close()
	words := make(chan []byte, 1024)
	var stop func()
	if how == "nats" {
		sub, err := nc.Subscribe("assign", func(m *nats.Msg) { words <- m.Data })
		if err == nil {
			err = errors.Join(sub.SetPendingLimits(-1, -1), nc.Flush())
		}
		if err != nil {
			return "", last, err
		}
		stop = func() { _ = sub.Unsubscribe() }
	} else {
		js, err := jetstream.New(nc)
		if err != nil {
			return "", last, err
		}
		consumer, err := js.CreateConsumer(context.Background(), "assign", jetstream.ConsumerConfig{Durable: "worker", AckPolicy: jetstream.AckExplicitPolicy})
		if err != nil {
			return "", last, err
		}
		use, err := consumer.Consume(func(m jetstream.Msg) { words <- m.Data(); _ = m.Ack() })
		if err != nil {
			return "", last, err
		}
		stop = use.Stop
	}
	fmt.Println("ready")
	clock := time.NewTicker(tick)
	defer clock.Stop()
	quiet := 0
	end = "whole"
	for done := false; !done; {
		select {
		case data := <-words:
			w, err := word.Decode(word.KindAssign, data)
			if err != nil {
				return "", last, err
			}
			fresh := c.first
			c.take(w.(*word.Assign))
			if c.first > fresh {
				last = time.Now()
			}
			quiet = 0
		case err := <-cut:
			end = fmt.Sprintf("cut off: %v", err)
		case <-clock.C:
			quiet++
			done = quiet == silence && c.first+c.repeated > 0
		}
	}
	stop()
	return end, last, nil
}

// BenchmarkStoppedWorker assigns tasks to a worker that is stopped for a while, over a direct link, over NATS and over
// JetStream, in words of one task and in words as large as a window. It reports the tasks that were lost and repeated, whether the
// worker was cut off, and the seconds from when it went on until the last task had come.
//
//	go test ./internal/coord -run '^$' -bench StoppedWorker -benchtime 1x -stopped 30s -timeout 20m
func BenchmarkStoppedWorker(b *testing.B) {
	for _, n := range []int{1, 2000} {
		for _, way := range []struct {
			name string
			open func(*testing.B) *post
		}{{"link", postLinked}, {"nats", postOnNATS}, {"jetstream", postOnJetStream}} {
			b.Run(fmt.Sprintf("%s/tasks=%d", way.name, n), func(b *testing.B) {
				for b.Loop() {
					stopWorker(b, way.name, n, way.open(b))
				}
			})
		}
	}
}

// post is a way of assigning: send must not wait for the worker for ever, and flush says whether everything was sent.
type post struct {
	place string
	send  func(*word.Assign) error
	flush func() error
	ready func()
}

func stopWorker(b *testing.B, how string, n int, p *post) {
	w := act(b, "worker", fmt.Sprintf("%s %d %s", how, *allTasks, p.place))
	if s := w.says(b); s != "ready" {
		b.Fatal(s)
	}
	if p.ready != nil {
		p.ready()
	}
	stop := *allTasks / 10
	sent := 0
	var failed error
	start := time.Now()
	for ; sent < *allTasks && failed == nil; sent += n {
		if sent >= stop && stop > 0 {
			stop = 0
			w.stop(b)
			time.AfterFunc(*stoppedFor, func() { _ = w.cmd.Process.Signal(syscall.SIGCONT) })
			start = time.Now()
		}
		failed = p.send(assignment(sent, min(n, *allTasks-sent)))
	}
	if failed == nil {
		failed = p.flush()
	}
	sending := time.Since(start)
	var got, repeated int
	var last int64
	end := ""
	s := w.says(b)
	if _, err := fmt.Sscan(s, &end, &got, &repeated, &last); err != nil {
		b.Fatal(s)
	}
	late := time.Unix(0, last).Sub(start.Add(*stoppedFor))
	b.Logf("%s; sending took %v from the stop on (%v)", s, sending, failed)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(*allTasks-got), "lost")
	b.ReportMetric(float64(repeated), "repeated")
	b.ReportMetric(late.Seconds(), "s-behind")
	b.ReportMetric(sending.Seconds(), "s-sending")
	if strings.Contains(s, "cut off") {
		b.ReportMetric(1, "cut")
	} else {
		b.ReportMetric(0, "cut")
	}
}

func postLinked(b *testing.B) *post {
	id, err := link.NewIdentity()
	if err != nil {
		b.Fatal(err)
	}
	text, err := id.Issue()
	if err != nil {
		b.Fatal(err)
	}
	dir := private(b)
	l, err := link.Listen(context.Background(), link.Options{Address: "unix:" + dir, Identity: id, Hello: link.Hello{Role: link.RoleScheduler}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	file := b.TempDir() + "/identity"
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	p := &post{place: l.Addr() + "," + file, flush: func() error { return nil }}
	p.ready = func() {
		conn, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		p.send = func(a *word.Assign) error { return conn.Send(a) }
	}
	return p
}

// site starts a NATS server that listens, and connects.
func site(b *testing.B) (string, *nats.Conn) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, JetStream: true, StoreDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	s.Start()
	b.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(startWithin) {
		b.Fatal("the server does not begin")
	}
	nc, err := nats.Connect(s.ClientURL())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	return s.ClientURL(), nc
}

func postOnNATS(b *testing.B) *post {
	url, nc := site(b)
	return &post{place: url, flush: nc.Flush, send: func(a *word.Assign) error {
		data, err := word.Append(nil, a)
		if err != nil {
			return err
		}
		return nc.Publish("assign", data)
	}}
}

func postOnJetStream(b *testing.B) *post {
	url, nc := site(b)
	js, err := jetstream.New(nc)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := js.CreateStream(within(b), jetstream.StreamConfig{Name: "assign", Subjects: []string{"assign"}}); err != nil {
		b.Fatal(err)
	}
	return &post{
		place: url,
		send: func(a *word.Assign) error {
			data, err := word.Append(nil, a)
			if err == nil {
				_, err = js.PublishAsync("assign", data, jetstream.WithStallWait(time.Minute))
			}
			return err
		},
		flush: func() error { <-js.PublishAsyncComplete(); return nil },
	}
}
