//go:build !linux

package launch

import (
	"errors"
	"fmt"
)

// LimitMemory cannot be done here: other systems than Linux do not count the memory that is mapped, or let no process
// limit another.
func (p *Process) LimitMemory(int64) (again func(bytes int64) error, err error) {
	return nil, fmt.Errorf("launch: limit the memory of %v: %w on this system", p, errors.ErrUnsupported)
}
