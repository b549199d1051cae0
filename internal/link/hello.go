package link

import (
	"fmt"

	"github.com/braid-compute/braid/graph"
)

// Version is the version of the protocol. Both sides must have the same.
const Version = 2

// Features are additions to a version of the protocol. A reader may ignore those of the lower 32 bits; those of the upper
// ones it must know.
type Features uint64

// featureBell says that the name of a bell follows the other fields of a hello: see docs/format/link.md.
const featureBell Features = 1 << 0

// knownFeatures are the bits that this program knows.
const knownFeatures = featureBell

// mandatoryFeatures are the bits that must be known.
const mandatoryFeatures Features = 0xffffffff << 32

// Role says what a side of a connection is.
type Role uint8

// The roles.
const (
	RoleScheduler Role = iota + 1
	RoleAgent          // a worker process, connected to the scheduler
	RoleClient         // a program that submits work, connected to the scheduler
	RolePeer           // an agent or client, connected to a holder of blocks
	RoleObserver       // a program that asks about the cluster or ends it, connected to the scheduler
)

func (r Role) String() string {
	switch r {
	case RoleScheduler:
		return "scheduler"
	case RoleAgent:
		return "agent"
	case RoleClient:
		return "client"
	case RolePeer:
		return "peer"
	case RoleObserver:
		return "observer"
	}
	return fmt.Sprintf("role %d", uint8(r))
}

// Hello is what each side of a connection says of itself before anything else.
type Hello struct {
	Version  uint32   // of the protocol; filled in by this package
	Features Features // filled in by this package
	Role     Role
	Name     string       // for people: a worker's name, a client's program
	Code     graph.CodeID // of the executable; zero if not computed
	Pid      uint32       // filled in by this package

	bell bellName // of who dialled: where it is; of who answers: the same, if it was found
}

// takeBell takes the name of a bell out of what the other side has said of itself.
func (h *Hello) takeBell() bellName {
	name := h.bell
	h.bell = bellName{}
	h.Features &^= featureBell
	return name
}
