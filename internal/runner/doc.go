// Package runner executes ops in child processes of an agent: ops whose code the agent does not have, and ops that must
// be isolated from it.
//
//	r, err := runner.Start(ctx, binary, runner.Options{})   // "" is this program
//	defer r.Close()
//	answer, err := r.Call(ctx, runner.Request{Op: "go/square", Args: [][]byte{three}})
//
// and in the program that is started, before its main function does anything:
//
//	if role, ok := launch.Role(); ok && role == runner.Role { err := runner.Work(run); … }
//
// A runner serves one slot: one call at a time. A [Pool] keeps several of one program, and tries a call again whose runner
// died. Values travel as bytes of package codec, which neither side of this package
// looks into; large ones stay in memory that both sides map, where the system has that (Linux): Request.Loans, Request.Room, [Place.Room]. The bytes between the two processes are drawn in docs/format/runner.md; another program can be a runner by
// speaking them with [Serve], or without this package.
//
// # How a call ends
//
// With an answer, which holds outputs or a [Failure] (the function's error, its panic, an unknown op). Or with a
// [*Death], when the process ended: by itself, by somebody's signal, for want of memory, or because it was
// killed here. It is killed when it does not answer within Options.Grace of the end of the call's context or of its time limit. A
// runner that died is not started again; that is the agent's choice.
//
// # Limits
//
// Request.Time is watched by the agent's side, so a function that never looks at its context is ended too.
// Request.Memory bounds what the process maps beyond what it had when the first limit was set, with 128 MiB to spare
// and only on Linux; elsewhere Runner.Unenforced says that it is not. It is a fence around a task that is far off its
// word, not a measure. Messages have a greatest size, which each side tells the other.
package runner
