package roles

// Statements are those that the plan test looks at.
var Statements = map[string]string{
	"members": readMembers, "editors": readEditors, "unready": countUnready, "tenure": findTenure, "own": readOwnGrants, "invited": countInvited,
}
