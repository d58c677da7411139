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

complete -c wsb -n "__fish_wsb_needs_command" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_needs_command" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_needs_command" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_needs_command" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_needs_command" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_needs_command" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_needs_command" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_needs_command" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_needs_command" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_needs_command" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_needs_command" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
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
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l portal-id -d 'The portal, in the AWS CLI\'s notation' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l session-id -d 'A session, in the AWS CLI\'s notation; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l field -d 'Print the bare value of this field' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l concurrency -d 'Concurrent calls' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l unique -d 'Request each session once, in the order of their first appearance'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l all-portals -d 'Search every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l all-regions -d 'Search every portal of every region'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand get-session" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l portal-id -d 'A portal, in the AWS CLI\'s notation; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l status -d 'Only active, or only terminated sessions' -r -f -a "active\t'Still running'
terminated\t'Ended'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l username -d 'Only sessions of this user' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l session-id -d 'Only this session' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l sort-by -d 'Order within each portal' -r -f -a "start-time-ascending\t'Oldest first'
start-time-descending\t'Newest first'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l address -d 'Only sessions that used this address or network' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l max-items -d 'End after N sessions' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l page-size -d 'Sessions per page [default: the service\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l field -d 'Print the bare value of this field' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l since -d 'Only sessions that started at this time or later, as in 3d' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l until -d 'Only sessions that started at this time or earlier' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-at -d 'Only sessions that were running at this time' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-since -d 'Only sessions that were running at this time, or started later' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l active-until -d 'Only sessions that were running at this time, or started earlier' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l all-portals -d 'Search every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l all-regions -d 'Search every portal of every region'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l with-addresses -d 'Add the addresses that each session used'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand list-sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l page-size -d 'Portals per page [default: the service\'s]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l field -d 'Print the bare value of this field' -r -f -a "portalArn\t''
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
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l all-regions -d 'Search every region'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand list-portals" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l portal-id -d 'A portal, in the AWS CLI\'s notation; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l since -d 'Start of the period [default: 35d]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l group-by -d 'Rows per portal, instance-type, region or user' -r -f -a "portal\t''
instance-type\t'The portals of a region with the same instance type'
region\t'The portals of a region'
user\t'A user, wherever the sessions were'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l by -d 'Rows per day or hour' -r -f -a "day\t'A day, from local midnight'
hour\t'An hour, from the full hour'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l fail-above -d 'End with exit code 13 if a row is above this, as in 80% or 20' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l field -d 'Print the bare value of this field' -r -f -a "portalArn\t''
displayName\t''
region\t''
instanceType\t''
username\t''
portals\t''
activeSessions\t''
maxConcurrentSessions\t''
utilization\t''
peakSessions\t''
peakTime\t''
sessions\t''
users\t''
totalDuration\t''
firstStart\t''
lastEnd\t''
periodStart\t''
periodEnd\t''"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l all-portals -d 'Search every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l all-regions -d 'Search every portal of every region'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand get-usage" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l portal-id -d 'The portal, in the AWS CLI\'s notation' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l session-id -d 'A session, in the AWS CLI\'s notation; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l interval -d 'Time between two polls (±10 %)' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l field -d 'Print the bare value of this field' -r -f -a "sessionId\t''
status\t''
username\t''
clientIpAddresses\t''
startTime\t''
endTime\t''
portalArn\t''
duration\t''"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l timeout -d 'Time limit for the entire command [default: 1h]' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l unique -d 'Request each session once, in the order of their first appearance'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all -d 'Wait for all sessions of the portals'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all-portals -d 'Search every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l all-regions -d 'Search every portal of every region'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand wait-session" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l portal-id -d 'A portal, in the AWS CLI\'s notation; may be repeated' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l interval -d 'Time between two polls (±10 %)' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l for -d 'End after this time, with exit code 0' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l state -d 'Continue from the last run with this file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l field -d 'Print the bare value of this field' -r -f -a "event\t''
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
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l all-portals -d 'Search every portal of the region'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l all-regions -d 'Search every portal of every region'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l once -d 'Poll each portal once and end'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand watch-sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l data -d 'Serve the portals and sessions of this JSON file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand local" -l listen -d 'The address to listen on; port 0 picks a free one' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand local" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand local" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand local" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand local" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
complete -c wsb -n "__fish_wsb_using_subcommand local" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s o -l output -d 'Format of the results' -r -f -a "table\t'For people: fitted to the terminal, times in local time'
json\t'The API\'s document; several follow one another'
jsonl\t'One object per line'
csv\t'A header and rows'
text\t'Tab-separated values without a header'
yaml\t'The API\'s document, as the AWS CLI\'s YAML'
timeline\t'A picture: each session as a bar on a time axis'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l query -d 'Apply a JMESPath expression to the JSON document' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l timestamps -d 'Notation of times' -r -f -a "iso\t'ISO 8601 in UTC'
epoch\t'The service\'s own number of seconds since 1970'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l region -d 'AWS region' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l profile -d 'Profile in the shared AWS config files' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l endpoint-url -d 'Call this endpoint instead of the region\'s' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l ca-bundle -d 'Trust only the certificate authorities in this PEM file' -r -F
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l max-attempts -d 'Attempts per call, including the first' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l connect-timeout -d 'Time limit for a connection' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l read-timeout -d 'Time limit for a reply' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l timeout -d 'Time limit for the entire command' -r -f
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l color -d 'When to use color' -r -f -a "auto\t'At a terminal, unless NO_COLOR is set'
always\t'Always'
never\t'Never'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l errors -d 'Format of errors and warnings' -r -f -a "text\t'A sentence'
json\t'One JSON object per line'"
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l dynamic -d 'Complete the portals and sessions of your last lists too'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l use-fips -d 'Call the FIPS endpoint'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l use-dual-stack -d 'Call the dual-stack endpoint (IPv4 and IPv6)'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -l no-credential-cache -d 'Neither read nor write the AWS CLI\'s cache of temporary credentials'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s q -l quiet -d 'Report nothing but errors'
complete -c wsb -n "__fish_wsb_using_subcommand completions" -s v -l verbose -d 'Log each attempt of a call; -vv also logs the requests'
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
