package event_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/braid-compute/braid/event"
)

// A file of events is read line by line.
func Example() {
	const file = `{"format":"braid-events","version":1}
{"n":1,"at_ns":0,"kind":"opened","client":{"opened":"2026-03-01T12:30:00Z","pid":4711,"processes":0,"slots":2,"cores":2}}
{"n":2,"at_ns":1500000,"kind":"submitted","run":{"number":1,"name":"square (3 tasks)","tasks":3,"site":"main.go:12"}}
{"n":3,"at_ns":2500000,"kind":"finished","run":{"number":1,"name":"square (3 tasks)","tasks":3,"status":"done","took_ns":1000000}}
{"n":4,"at_ns":3000000,"kind":"closed"}
`
	r, err := event.NewReader(strings.NewReader(file))
	if err != nil {
		log.Fatal(err)
	}
	for e, err := range r.All() {
		if err != nil {
			log.Fatal(err)
		}
		if e.Kind == event.Finished {
			fmt.Println(e.Run.Name, e.Run.Status, e.Run.Took)
		}
	}
	// Output: square (3 tasks) done 1ms
}
