//go:build !unix

package braid

import (
	"context"
	"errors"
	"fmt"
)

// commandsRun says why commands cannot be run on this system.
var commandsRun = fmt.Errorf("programs as tasks need a Unix system, such as Linux or macOS, because others cannot end a program with all that it has started: %w", errors.ErrUnsupported)

func (p *programOf) run(context.Context, []string) ([]byte, error) { return nil, commandsRun }

func serveGuard() {}
