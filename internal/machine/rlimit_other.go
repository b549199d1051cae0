//go:build !linux && !darwin

package machine

// addressSpace is a limit of Unix systems; those beyond Linux and macOS define it differently or not at all.
func addressSpace() (uint64, error) { return 0, errNotRead }
