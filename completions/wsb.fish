# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_wsb_global_optspecs
    string join \n o/output= query= timestamps= region= profile= endpoint-url= use-fips use-dual-stack ca-bundle= no-credential-cache max-attempts= connect-timeout= read-timeout= timeout= q/quiet v/verbose color= errors= h/help V/version
end

function __fish_wsb_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_wsb_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_wsb_using_subcommand
    set -l cmd (__fish_wsb_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c wsb -n "__fish_wsb_needs_command" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_needs_command" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_needs_command" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_needs_command" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_needs_command" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_needs_command" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_needs_command" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_needs_command" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_needs_command" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_needs_command" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_needs_command" -s V -l version -d 'Print version'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "get-session" -d 'Show one session, or many'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "list-sessions" -d 'Find sessions on one portal, several or all'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "list-portals" -d 'Find portals in a region, or in all of them'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "get-usage" -d 'Show how full portals are, now and before'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "wait-session" -d 'Block until sessions have ended'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "watch-sessions" -d 'Print an event for each session that starts or ends'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "local" -d 'Run an emulator for the service on loopback'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "completions" -d 'Print a completion script'
complete -c wsb -n "__fish_wsb_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l portal-id -d 'The portal, as the AWS CLI spells it' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l session-id -d 'A session, as the AWS CLI spells it; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l field -d 'Print one field\'s bare value' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l concurrency -d 'Calls at a time [default: 16; 64 with --all-portals or --all-regions]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l all-portals -d 'Every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l all-regions -d 'Every portal of each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l portal-id -d 'A portal, as the AWS CLI spells it' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l status -d 'Only sessions with this status' -r -f -a "active\t'Still running'
terminated\t'Ended'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l username -d 'Only sessions of this user' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l session-id -d 'Only this session' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l sort-by -d 'The order within each portal [default: newest first; oldest first with --active-at or --active-until, which reads fewer pages]' -r -f -a "start-time-ascending\t'Oldest first'
start-time-descending\t'Newest first'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l address -d 'Only sessions that used this address or network, at any time of their run; may be repeated. Asks GetSession for each session that the other options leave' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l max-items -d 'End after so many sessions' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l page-size -d 'Sessions asked for at a time [default: the service\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l field -d 'Print one field\'s bare value' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l since -d 'Only sessions that started then or later' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l until -d 'Only sessions that started then or earlier' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-at -d 'Only sessions that were running at that moment' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-since -d 'Only sessions that were still running then, or started later' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-until -d 'Only sessions that started then or earlier, and so may have been running' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l all-portals -d 'Every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l all-regions -d 'Every portal of each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l with-addresses -d 'Add the addresses that each session used. Asks GetSession for each'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l page-size -d 'Portals asked for at a time [default: the service\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l field -d 'Print one field\'s bare value' -r -f -a "portalArn\t''
displayName\t''
portalStatus\t''
portalEndpoint\t''
portalCustomDomain\t''
maxConcurrentSessions\t''
creationDate\t''
authenticationType\t''
instanceType\t''
browserType\t''
rendererType\t''
browserSettingsArn\t''
dataProtectionSettingsArn\t''
ipAccessSettingsArn\t''
networkSettingsArn\t''
sessionLoggerArn\t''
trustStoreArn\t''
userAccessLoggingSettingsArn\t''
userSettingsArn\t''
portalId\t''"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l all-regions -d 'Ask each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l portal-id -d 'A portal, as the AWS CLI spells it' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l since -d 'From when on peaks, sessions and users are told [default: 35d, as long as AWS keeps sessions]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l by -d 'One row per portal and day or hour, in local time' -r -f -a "day\t'A day, from local midnight'
hour\t'An hour, from the full hour'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l fail-above -d 'End with exit code 13 if a portal\'s use is now above this share of its limit, as in 80%' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l field -d 'Print one field\'s bare value' -r -f -a "portalArn\t''
displayName\t''
region\t''
activeSessions\t''
maxConcurrentSessions\t''
utilization\t''
peakSessions\t''
peakTime\t''
sessions\t''
users\t''
periodStart\t''
periodEnd\t''"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l all-portals -d 'Every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l all-regions -d 'Every portal of each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l portal-id -d 'The portal, as the AWS CLI spells it' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l session-id -d 'A session, as the AWS CLI spells it; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l interval -d 'Poll interval (±10 %)' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l field -d 'Print one field\'s bare value' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all -d 'Wait until two looks in a row find no active session on the portal; every argument is a PORTAL'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all-portals -d 'Every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all-regions -d 'Every portal of each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l portal-id -d 'A portal, as the AWS CLI spells it' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l interval -d 'Poll interval (±10 %); CloudTrail logs every call' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l for -d 'End after this time, with exit code 0 [default: never]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l field -d 'Print one field\'s bare value' -r -f -a "event\t''
sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
from\t''
to\t''
portalId\t''
region\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l all-portals -d 'Every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l all-regions -d 'Every portal of each region of the partition where the service exists'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l data -d 'Serve the portals and sessions of this JSON file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand local" -l listen -d 'The address to listen on; port 0 picks a free one' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand local" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s o -l output -d 'The format of the results [default: table, or WSB_OUTPUT]' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l timestamps -d 'How times are written [default: local time in tables, iso elsewhere]' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l region -d 'The region [default: the ARN\'s, AWS_REGION, AWS_DEFAULT_REGION, the profile\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l profile -d 'The profile of the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l endpoint-url -d 'Another endpoint than the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l ca-bundle -d 'Trust these certificate authorities (PEM) and no others' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l max-attempts -d 'Attempts per call, including the first [default: 3, or AWS_MAX_ATTEMPTS]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l connect-timeout -d 'Time to connect, like 500ms, 10, 1m30s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l read-timeout -d 'Time to wait for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l timeout -d 'Time for the whole command [default: no limit, but 1h for wait-session]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l color -d 'When to use color (NO_COLOR is obeyed)' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l errors -d 'How errors are written to standard error' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l dynamic -d 'Complete portal and session IDs too: the shell asks wsb, which offers those of your last lists'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l no-credential-cache -d 'Ask for temporary credentials anew: neither use nor fill the AWS CLI\'s cache of them'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s q -l quiet -d 'Say nothing but results and errors'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s v -l verbose -d 'Log each attempt; twice, the requests too (never a secret)'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "get-session" -d 'Show one session, or many'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "list-sessions" -d 'Find sessions on one portal, several or all'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "list-portals" -d 'Find portals in a region, or in all of them'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "get-usage" -d 'Show how full portals are, now and before'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "wait-session" -d 'Block until sessions have ended'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "watch-sessions" -d 'Print an event for each session that starts or ends'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "local" -d 'Run an emulator for the service on loopback'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "completions" -d 'Print a completion script'
complete -c wsb -n "__fish_wsb_using_subcommand help; and not __fish_seen_subcommand_from get-session list-sessions list-portals get-usage wait-session watch-sessions local completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c wsb -n "not __fish_wsb_using_subcommand local" -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
