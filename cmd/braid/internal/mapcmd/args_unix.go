//go:build unix

package mapcmd

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/braid-compute/braid/cmd/braid/internal/arguments"
	"github.com/braid-compute/braid/cmd/braid/internal/console"
	"github.com/braid-compute/braid/internal/command"
	"github.com/braid-compute/braid/internal/command/batch"
)

// check refuses flags that do not go together.
func (f *mapFlags) check(json bool) error {
	for _, c := range []struct {
		wrong        bool
		what, remedy string
	}{
		{f.live && f.output != "", "--live and --output", "files can be followed by tail -f"},
		{f.live && f.keepOrder, "--live and --keep-order", "lines that are printed as they come have no order"},
		{f.live && f.ndjson, "--live and --ndjson", "leave one out"},
		{f.live && json, "--live and --json", "leave one out"},
		{f.ndjson && json, "--ndjson and --json", "leave one out"},
		{f.dryRun && (json || f.ndjson), "--dry-run and JSON", "it prints commands, one a line"},
		{f.journal == "" && f.rerun, "--rerun without --journal", "without a journal everything is run"},
		{f.journal == "" && len(f.inputs) > 0, "--input without --journal", "without a journal everything is run"},
	} {
		if c.wrong {
			return console.Usage(c.what+" do not go together", c.remedy)
		}
	}
	return nil
}

// plan makes a plan out of flags and arguments.
func (f *mapFlags) plan(cmd *cobra.Command, args []string, argv bool) (p *batch.Plan, err error) {
	if err := console.Within("slots", f.slots, batch.MaxSlots, "each slot is a program that runs"); err != nil {
		return nil, err
	}
	if f.retries < 0 || f.time < 0 || f.grace < 0 {
		return nil, console.Usage("--retries, --time or --grace is negative", "give 0 or more")
	}
	p = &batch.Plan{
		Slots: f.slots, Retries: f.retries, Time: f.time, Grace: f.grace, KeepOrder: f.keepOrder,
		Environ: os.Environ(), Files: f.output, Rerun: f.rerun, Content: f.compare == "content",
	}
	if f.compare != "content" && f.compare != "time" {
		return nil, console.Unknown("comparison", f.compare, []string{"time", "content"})
	}
	if p.Halt, err = batch.ParseHalt(f.halt); err != nil {
		return nil, mapError{fmt.Errorf("--halt: %w", err)}
	}
	if p.Keep, err = console.ParseSize("keep-output", f.keep); err != nil {
		return nil, err
	}
	if f.memory != "" {
		if p.Memory, err = console.ParseSize("memory", f.memory); err != nil {
			return nil, err
		}
	}
	if err := f.texts(p); err != nil {
		return nil, err
	}
	words, lists := arguments.Cut(args)
	mode := command.Auto
	if cmd.Flags().Changed("shell") {
		mode = command.Never
		if f.shell {
			mode = command.Always
		}
	}
	if p.Template, err = template(words, argv, mode); err != nil {
		return nil, mapError{err}
	}
	if p.Sweep, err = f.lists.Sweep(lists); err != nil {
		return nil, mapError{err}
	}
	return p, nil
}

// texts takes over the flags that may have fields.
func (f *mapFlags) texts(p *batch.Plan) error {
	for _, e := range f.env {
		name, value, ok := strings.Cut(e, "=")
		if !ok || name == "" {
			return console.Usage(fmt.Sprintf("--env %s names no value", e), "write NAME=VALUE")
		}
		p.Env = append(p.Env, batch.Variable{Name: name, Value: command.ParseText(value)})
	}
	if f.cwd != "" {
		t := command.ParseText(f.cwd)
		p.Dir = &t
	}
	if f.stdin != "" {
		t := command.ParseText(f.stdin)
		p.Stdin = &t
	}
	for _, name := range f.inputs {
		p.Inputs = append(p.Inputs, command.ParseText(name))
	}
	return nil
}

// template makes the command out of its words: one word is a text to be split, unless it stands after "--".
func template(words []string, argv bool, mode command.Mode) (*command.Template, error) {
	switch {
	case len(words) == 0:
		return nil, errors.New(`there is no command; write it before the lists, as in braid map 'sim {}' ::: 1 2 3`)
	case len(words) == 1 && !argv:
		return command.Parse(words[0], mode)
	case mode == command.Always:
		return nil, errors.New("--shell takes the command as one text; put it between quotes")
	}
	return command.Argv(words)
}
