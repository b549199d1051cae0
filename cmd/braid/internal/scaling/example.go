package scaling

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/scaling"
)

// exampleProgram is this program itself, as it runs one example of the demo. The process also computes the example on
// one core, so its own run time would say little: the time is what the demo reports for the example with the client.
func exampleProgram(name string) (scaling.Program, error) {
	self, err := os.Executable()
	if err != nil {
		return scaling.Program{}, fmt.Errorf("braid scaling: cannot run the example, because this program's file is not known: %w", err)
	}
	return scaling.Program{
		Path: self, Args: []string{os.Args[0], "demo", "--only", name, "--json"},
		Seconds: func(stdout []byte) (float64, error) { return parallelSeconds(stdout, name) },
	}, nil
}

// parallelSeconds finds the time of an example in what the demo printed.
func parallelSeconds(stdout []byte, name string) (float64, error) {
	var d console.Document
	if err := json.Unmarshal(stdout, &d); err != nil {
		return 0, fmt.Errorf("the demo printed no result: %w", err)
	}
	for _, r := range d.Results {
		if seconds, ok := r.Value.(float64); ok && r.Case == name+"/parallel" && seconds > 0 {
			return seconds, nil
		}
	}
	return 0, fmt.Errorf("the demo printed no time of %s", name)
}
