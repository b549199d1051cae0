// Package feed passes values on to readers that come and go, each at its own pace, without ever holding up who makes them: a
// ring of the latest values, in which every reader has a position. A reader that falls behind loses the oldest and is told
// how many. A [Limit] bounds how many values of a kind are made in the first place.
package feed
