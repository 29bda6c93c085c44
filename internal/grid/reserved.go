package grid

// Reserved is what of a grid nobody of a place hands out, however far their own
// reaches: what goes further than every role that people may give there, where a
// role that support alone gives goes further too (From: the widest that people's
// roles give, To: what would be given). Without it, one could make by hand, or
// under another name, what only support may make.
func (c Catalogue) Reserved(roles []Role, gives Grid) Changes {
	var people, support []Grid
	for _, role := range roles {
		if role.Rules.SupportAlone() {
			support = append(support, role.Grid)
		} else {
			people = append(people, role.Grid)
		}
	}
	shared, kept := Join(people...), Join(support...)
	var reserved Changes
	for _, ch := range c.Diff(shared, Join(shared, gives)) {
		if kept[ch.Area].At(ch.Direction) > ch.From {
			reserved = append(reserved, ch)
		}
	}
	return reserved
}
