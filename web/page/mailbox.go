package page

import "time"

// MailboxRow is a letter of the demonstration.
type MailboxRow struct {
	URL, To, Subject string
	Initials         string
	At               time.Time
}

// TextRow is a text message of the demonstration.
type TextRow struct {
	To, Text string
	At       time.Time
}

// LetterView is a letter of the demonstration, read. Its text is in paragraphs
// whose addresses can be followed.
type LetterView struct {
	From, To, ReplyTo string
	At                time.Time
	Text              []LetterLine
	HTMLURL           string // the same as HTML, alone
}

// LetterLine is one line of a letter, in pieces; those with a URL are links.
type LetterLine []LetterPiece

// LetterPiece is a piece of a line.
type LetterPiece struct{ Text, URL string }
