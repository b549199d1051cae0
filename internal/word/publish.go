package word

// Names of results on a cluster, which outlive the clients that gave them.

// Publish gives a result a name. The graph has one task, which takes the result: its external names a submission of the client.
type Publish struct {
	Question uint64 // chosen by who asks, as in all words that are answered with Published
	Name     string
	Type     string // of the result, in the client's language
	Graph    []byte // encoded
}

// Unpublish takes a name back, and with it what the cluster keeps for it.
type Unpublish struct {
	Question uint64
	Name     string
}

// Take hands in a submission whose only task is the result of a name. It is accepted like any other, or refused by Published.
type Take struct {
	Question uint64
	Sequence uint64 // as in Submit
	Name     string
	Type     string // that is expected
}

// Publications asks for all names.
type Publications struct {
	Question uint64
}

// Published answers the words above.
type Published struct {
	Question uint64
	Problem  Problem
	Why      string // in words, if there is a problem
	List     []Publication
}

// Publication is a name and what is known of its result.
type Publication struct {
	Name    string
	Type    string
	Program string // that gave the name; "" if it has not said which it is
	State   string // of the result: "done", "assigned", "failed" …
	Bytes   int64  // of the result; 0 if that is not known
	Nanos   int64  // since it has its name
}

// Problem says why a word about names was refused.
type Problem uint8

// The problems.
const (
	ProblemNone    Problem = iota
	ProblemOther           // see Why
	ProblemTaken           // there is a result with the name
	ProblemUnknown         // there is none
	ProblemType            // it has another type
)
