package word

import "fmt"

// Kind says which word some bytes are. The numbers are part of the binary form and never change their meaning.
type Kind uint8

// The kinds.
const (
	KindAssign       Kind = 1
	KindRevoke       Kind = 2
	KindCancel       Kind = 3
	KindFree         Kind = 4
	KindResolve      Kind = 5
	KindJoin         Kind = 6
	KindDone         Kind = 7
	KindFailed       Kind = 8
	KindReturned     Kind = 9
	KindStarted      Kind = 10
	KindInputMissing Kind = 11
	KindUnreachable  Kind = 12
	KindSubscribe    Kind = 13
	KindUnsubscribe  Kind = 14
	KindDelivery     Kind = 15
	KindNotHere      Kind = 16
	KindSubmit       Kind = 17
	KindRelease      Kind = 18
	KindCancelTasks  Kind = 19
	KindLeave        Kind = 20
	KindAccepted     Kind = 21
	KindSettled      Kind = 22
	KindWelcome      Kind = 23
	KindPeer         Kind = 24
	KindExplain      Kind = 27
	KindExplained    Kind = 28
	KindBlocked      Kind = 29
	KindGone         Kind = 30
	KindInspect      Kind = 31
	KindInspected    Kind = 32
	KindShutdown     Kind = 33
	KindAttach       Kind = 34
	KindAttached     Kind = 35
	KindHeard        Kind = 36
	KindEnd          Kind = 37
	KindAsk          Kind = 40
	KindAnswer       Kind = 41
	KindMeet         Kind = 42
	KindMet          Kind = 43
	KindBroken       Kind = 44
	KindPublish      Kind = 45
	KindUnpublish    Kind = 46
	KindTake         Kind = 47
	KindPublications Kind = 48
	KindPublished    Kind = 49
	KindOfferFirst   Kind = 50
	KindOffer        Kind = 51
	KindFetch        Kind = 52
	KindLost         Kind = 53
	KindBorrow       Kind = 54
	KindLent         Kind = 55
	KindGiveBack     Kind = 56
	KindExceeded     Kind = 57
)

// A form is a word that can be written and read.
type form interface {
	kind() Kind
	encode(*encoder)
	decode(*decoder)
}

// forms makes an empty word of each kind.
var forms = [...]func() form{
	KindAssign:       func() form { return new(Assign) },
	KindRevoke:       func() form { return new(Revoke) },
	KindCancel:       func() form { return new(Cancel) },
	KindFree:         func() form { return new(Free) },
	KindResolve:      func() form { return new(Resolve) },
	KindJoin:         func() form { return new(Join) },
	KindDone:         func() form { return new(Done) },
	KindFailed:       func() form { return new(Failed) },
	KindReturned:     func() form { return new(Returned) },
	KindStarted:      func() form { return new(Started) },
	KindInputMissing: func() form { return new(InputMissing) },
	KindUnreachable:  func() form { return new(Unreachable) },
	KindSubscribe:    func() form { return new(Subscribe) },
	KindUnsubscribe:  func() form { return new(Unsubscribe) },
	KindDelivery:     func() form { return new(Delivery) },
	KindNotHere:      func() form { return new(NotHere) },
	KindSubmit:       func() form { return new(Submit) },
	KindRelease:      func() form { return new(Release) },
	KindCancelTasks:  func() form { return new(CancelTasks) },
	KindLeave:        func() form { return new(Leave) },
	KindAccepted:     func() form { return new(Accepted) },
	KindSettled:      func() form { return new(Settled) },
	KindWelcome:      func() form { return new(Welcome) },
	KindPeer:         func() form { return new(Peer) },
	KindExplain:      func() form { return new(Explain) },
	KindExplained:    func() form { return new(Explained) },
	KindBlocked:      func() form { return new(Blocked) },
	KindGone:         func() form { return new(Gone) },
	KindInspect:      func() form { return new(Inspect) },
	KindInspected:    func() form { return new(Inspected) },
	KindShutdown:     func() form { return new(Shutdown) },
	KindAttach:       func() form { return new(Attach) },
	KindAttached:     func() form { return new(Attached) },
	KindHeard:        func() form { return new(Heard) },
	KindEnd:          func() form { return new(End) },
	KindAsk:          func() form { return new(Ask) },
	KindAnswer:       func() form { return new(Answer) },
	KindMeet:         func() form { return new(Meet) },
	KindMet:          func() form { return new(Met) },
	KindBroken:       func() form { return new(Broken) },
	KindPublish:      func() form { return new(Publish) },
	KindUnpublish:    func() form { return new(Unpublish) },
	KindTake:         func() form { return new(Take) },
	KindPublications: func() form { return new(Publications) },
	KindPublished:    func() form { return new(Published) },
	KindOfferFirst:   func() form { return new(OfferFirst) },
	KindOffer:        func() form { return new(Offer) },
	KindFetch:        func() form { return new(Fetch) },
	KindLost:         func() form { return new(Lost) },
	KindBorrow:       func() form { return new(Borrow) },
	KindLent:         func() form { return new(Lent) },
	KindGiveBack:     func() form { return new(GiveBack) },
	KindExceeded:     func() form { return &Failed{Exceeded: true} },
}

// blank returns an empty word of the kind, nil if there is none.
func (k Kind) blank() form {
	if int(k) >= len(forms) || forms[k] == nil {
		return nil
	}
	return forms[k]()
}

func (k Kind) String() string {
	if k == KindExceeded { // a Failed, too
		return "Exceeded"
	}
	if f := k.blank(); f != nil {
		return fmt.Sprintf("%T", f)[len("*word."):]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// KindOf returns the kind of a word, a pointer as Decode returns it, and false for anything else.
func KindOf(w any) (Kind, bool) {
	if f, ok := w.(form); ok {
		return f.kind(), true
	}
	return 0, false
}

// Keeps reports whether a decoded word of this kind may refer to the bytes it was decoded from.
func (k Kind) Keeps() bool {
	switch k {
	case KindAssign, KindDone, KindFailed, KindExceeded, KindDelivery, KindSubmit, KindSettled, KindAsk, KindAnswer, KindMeet, KindBroken, KindPublish:
		return true
	}
	return false
}

func (f *Failed) kind() Kind {
	if f.Exceeded {
		return KindExceeded
	}
	return KindFailed
}

func (*Assign) kind() Kind       { return KindAssign }
func (*Revoke) kind() Kind       { return KindRevoke }
func (*Cancel) kind() Kind       { return KindCancel }
func (*Free) kind() Kind         { return KindFree }
func (*Resolve) kind() Kind      { return KindResolve }
func (*Join) kind() Kind         { return KindJoin }
func (*Done) kind() Kind         { return KindDone }
func (*Returned) kind() Kind     { return KindReturned }
func (*Lost) kind() Kind         { return KindLost }
func (*Started) kind() Kind      { return KindStarted }
func (*InputMissing) kind() Kind { return KindInputMissing }
func (*Unreachable) kind() Kind  { return KindUnreachable }
func (*Subscribe) kind() Kind    { return KindSubscribe }
func (*Unsubscribe) kind() Kind  { return KindUnsubscribe }
func (*Delivery) kind() Kind     { return KindDelivery }
func (*NotHere) kind() Kind      { return KindNotHere }
func (*Submit) kind() Kind       { return KindSubmit }
func (*Release) kind() Kind      { return KindRelease }
func (*CancelTasks) kind() Kind  { return KindCancelTasks }
func (*Leave) kind() Kind        { return KindLeave }
func (*Accepted) kind() Kind     { return KindAccepted }
func (*Settled) kind() Kind      { return KindSettled }
func (*Welcome) kind() Kind      { return KindWelcome }
func (*Peer) kind() Kind         { return KindPeer }
func (*Explain) kind() Kind      { return KindExplain }
func (*Explained) kind() Kind    { return KindExplained }
func (*Blocked) kind() Kind      { return KindBlocked }
func (*Gone) kind() Kind         { return KindGone }
func (*Inspect) kind() Kind      { return KindInspect }
func (*Inspected) kind() Kind    { return KindInspected }
func (*Shutdown) kind() Kind     { return KindShutdown }
func (*Attach) kind() Kind       { return KindAttach }
func (*Attached) kind() Kind     { return KindAttached }
func (*Heard) kind() Kind        { return KindHeard }
func (*End) kind() Kind          { return KindEnd }
